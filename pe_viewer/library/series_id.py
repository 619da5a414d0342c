"""The names of a series in the library: by where it lies, and by what it is."""

import hashlib
from typing import Final

from pe_models.imaging.study import Series, Study

_DIGITS: Final = 32


def series_id(series_key: str) -> str:
    """32 hexadecimal digits that tell nothing of the path in ``Series.key``."""
    return _digest([series_key])


def images_id(study: Study, series: Series) -> str:
    """32 hexadecimal digits of these images of this patient, the same wherever they lie.

    UIDs alone are not enough: badly anonymised studies of several patients share them.
    """
    patient = study.patient
    whose = [patient.name, patient.patient_id, patient.birth_date]
    uids = [study.study_uid, series.series_uid]
    images = [f"{s.sop_instance_uid}/{s.frame_number or 1}" for s in series.slices]
    return _digest([*whose, *uids, series.transfer_syntax, *images])


def _digest(words: list[str]) -> str:
    told = "\0".join(words).encode("utf-8", "surrogatepass")
    return hashlib.sha256(told).hexdigest()[:_DIGITS]
