"""The names of studies and of their series in the library: by where they lie, by what they are."""

import hashlib
from typing import Final

from pe_models.imaging.study import Patient, Series, Study

_DIGITS: Final = 32


def key_of_study(study: Study) -> str:
    """32 hexadecimal digits of this examination of this patient.

    The StudyInstanceUID is not enough: badly anonymised studies of several patients share it.
    """
    return _digest([*_whose(study.patient), study.study_uid])


def key_of_row(patient_name: str, patient_id: str, birth_date: str, study_uid: str) -> str:
    """``key_of_study`` of a study as the library's table names it."""
    return _digest([*_whose(Patient(patient_name, patient_id, birth_date)), study_uid])


def series_id(series_key: str) -> str:
    """32 hexadecimal digits that tell nothing of the path in ``Series.key``."""
    return _digest([series_key])


def images_id(study: Study, series: Series) -> str:
    """32 hexadecimal digits of these images of this patient, the same wherever they lie.

    UIDs alone are not enough here either.
    """
    uids = [study.study_uid, series.series_uid]
    images = [f"{s.sop_instance_uid}/{s.frame_number or 1}" for s in series.slices]
    return _digest([*_whose(study.patient), *uids, series.transfer_syntax, *images])


def _whose(patient: Patient) -> list[str]:
    return [patient.name, patient.patient_id, patient.birth_date]


def _digest(words: list[str]) -> str:
    told = "\0".join(words).encode("utf-8", "surrogatepass")
    return hashlib.sha256(told).hexdigest()[:_DIGITS]
