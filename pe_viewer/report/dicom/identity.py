"""What every object says of itself: patient, study, series, equipment, times, the notice.

The study's own facts are written as its images carry them, over-long identifiers included: an
archive matches by them, and one cut short would be another patient's.
"""

import hashlib
import io
import re
from dataclasses import dataclass
from functools import wraps
from typing import Final

from pydicom import config
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from pe_models import NOTICE, SOFTWARE_NAME, __version__
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Rendering, Writer

RESEARCH: Final = "RESEARCH"
NO_DATE: Final = "19000101"
"""Stands where DICOM demands a date and the report is de-identified (PS3.15 Annex E, action D)."""
NO_TIME: Final = "000000"

_LONGEST_TEXT: Final = 64
"""Characters that fit into LO (PS3.5 6.2)."""
_UTF_8: Final = "ISO_IR 192"
_DATE: Final = re.compile(r"\d{8}")
_OLD_DATE: Final = re.compile(r"(\d{4})\.(\d{2})\.(\d{2})")
_TIME: Final = re.compile(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?")
_AGE: Final = re.compile(r"\d{3}[DWMY]")


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """One sort of object: its series' number and description, which begins with RESEARCH."""

    series_number: int
    title: str

    @property
    def series_description(self) -> str:
        return f"{RESEARCH} {self.title}"


def verbatim(write: Writer) -> Writer:
    """``write`` with pydicom taking values as they are: it would log those it finds odd."""

    @wraps(write)
    def written(report: Report) -> Rendering:
        with config.disable_value_validation():
            return write(report)

    return written


def study_uid(report: Report) -> str:
    """The study's UID; where its images have none, one made of their own UIDs."""
    return report.study.study_uid or stable_uid(report, "study")


def series_uid(report: Report) -> str:
    return report.series.series_uid or stable_uid(report, "series")


def stable_uid(report: Report, what: str) -> str:
    """A UID (PS3.5 B.2) that is the same in each export of these images, whatever was read."""
    first = report.series.slices[0].sop_instance_uid
    text = f"{report.series.series_uid}|{first}|{what}"
    return f"2.25.{int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])}"


def fresh_uid() -> str:
    """A UID that no object has."""
    return str(generate_uid(prefix=None))


def model_name(report: Report) -> str:
    """The bundle with its version; the software where no model looked."""
    if report.findings is None:
        return SOFTWARE_NAME
    return f"{report.findings.bundle.name} {report.findings.bundle.version}"


def encode(
    dataset: Dataset, report: Report, kind: ObjectKind, syntax: UID = ExplicitVRLittleEndian
) -> bytes:
    """The file of ``dataset``, after its identity was written into it, whatever it had before."""
    _add_patient_and_study(dataset, report)
    _add_series_and_equipment(dataset, report, kind)
    _add_times(dataset, report)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    dataset.file_meta = meta
    file = io.BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def new_object(sop_class_uid: UID, modality: str) -> Dataset:
    """An object without content, for what is written without highdicom."""
    dataset = Dataset()
    dataset.SOPClassUID = sop_class_uid
    dataset.SOPInstanceUID = fresh_uid()
    dataset.SeriesInstanceUID = fresh_uid()
    dataset.Modality = modality
    dataset.InstanceNumber = 1
    return dataset


def short(text: str) -> str:
    """``text`` as LO holds it: one line of no more than 64 characters, without a backslash."""
    return " ".join(text.replace("\\", "/").split())[:_LONGEST_TEXT]


def _add_patient_and_study(dataset: Dataset, report: Report) -> None:
    study, patient = report.study, report.study.patient
    dataset.SpecificCharacterSet = _UTF_8
    sex = patient.sex.upper()
    values = {
        "PatientName": patient.name,
        "PatientID": patient.patient_id,
        "PatientBirthDate": date_of(patient.birth_date),
        "PatientSex": sex if sex in ("M", "F", "O") else "",
        "StudyInstanceUID": study_uid(report),
        "StudyDate": date_of(study.date),
        "StudyTime": study.time if _TIME.fullmatch(study.time) else "",
        "AccessionNumber": study.accession_number,
        "StudyID": study.study_id,
        "ReferringPhysicianName": "",
    }
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    if _AGE.fullmatch(patient.age):
        dataset.PatientAge = patient.age
    if study.description:
        dataset.StudyDescription = short(study.description)
    if report.is_deidentified:
        dataset.PatientIdentityRemoved = "YES"
        dataset.DeidentificationMethod = f"{SOFTWARE_NAME}: names, dates removed, ids replaced"


def _add_series_and_equipment(dataset: Dataset, report: Report, kind: ObjectKind) -> None:
    dataset.SeriesNumber = kind.series_number
    dataset.SeriesDescription = short(kind.series_description)
    dataset.Manufacturer = SOFTWARE_NAME
    dataset.ManufacturerModelName = short(model_name(report))
    bundle = None if report.findings is None else report.findings.bundle
    dataset.DeviceSerialNumber = short(bundle.sha256 if bundle else __version__)
    dataset.SoftwareVersions = [short(f"{SOFTWARE_NAME} {__version__}"), NOTICE]


def _add_times(dataset: Dataset, report: Report) -> None:
    """When the report was made; highdicom writes the moment of its own work."""
    created = report.created
    date = NO_DATE if created is None else f"{created:%Y%m%d}"
    time = NO_TIME if created is None else f"{created:%H%M%S}"
    for keyword in ("InstanceCreationDate", "PresentationCreationDate", "ContentDate"):
        if keyword in dataset:
            setattr(dataset, keyword, date)
    for keyword in ("InstanceCreationTime", "PresentationCreationTime", "ContentTime"):
        if keyword in dataset:
            setattr(dataset, keyword, time)
    for equipment in dataset.get("ContributingEquipmentSequence", ()):
        equipment.ContributionDateTime = date + time


def date_of(text: str) -> str:
    """A DICOM date, also of the form of ACR-NEMA; "" for what is none."""
    stripped = text.strip()
    old = _OLD_DATE.fullmatch(stripped)
    if old:
        return "".join(old.groups())
    return stripped if _DATE.fullmatch(stripped) else ""
