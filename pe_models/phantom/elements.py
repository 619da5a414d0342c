"""What the files of every phantom have in common: UIDs, numbers as text, and that they are one."""

import hashlib
from abc import ABC, abstractmethod
from typing import Final

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from pe_models.phantom import GENERATOR_NAME
from pe_models.phantom.chance import stream

PHANTOM_DATE: Final = "20200101"
"""A fixed date: the bytes depend on the arguments alone."""


def phantom_uid(version: str, arguments: str, what: str) -> str:
    """A UID under 2.25 (PS3.5 B.2) that depends on nothing else."""
    text = f"{GENERATOR_NAME}|{version}|{arguments}|{what}"
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    return f"2.25.{number}"


class StudyUids(ABC):
    """The UIDs of one phantom's study and of its parts."""

    __slots__ = ()

    @abstractmethod
    def uid(self, what: str) -> str:
        """That of one part; it depends on generator version, seed and spec alone."""

    @property
    def study(self) -> str:
        return self.uid("study")

    @property
    def series(self) -> str:
        return self.uid("series")

    @property
    def frame_of_reference(self) -> str:
        return self.uid("frame of reference")

    def image(self, slice_index: int) -> str:
        return self.uid(f"image {slice_index}")


def decimal(value: float) -> str:
    """A decimal string of at most 16 characters (PS3.5 6.2), without a negative zero."""
    return f"{round(float(value), 4) + 0.0:.10g}"


def file_meta(sop_class: UID, sop_instance_uid: str) -> FileMetaDataset:
    """Of explicit VR little endian, uncompressed."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = UID(sop_instance_uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return meta


def add_phantom_patient(image: Dataset, seed: int) -> None:
    """The patient that is none, of an age by the seed."""
    image.PatientName = f"PHANTOM^{seed}"
    image.PatientID = f"PHANTOM-{seed}"
    image.PatientBirthDate = ""
    image.PatientSex = "O"
    image.PatientAge = f"{int(stream(seed, 'patient').integers(25, 90)):03d}Y"


def add_generator(image: Dataset, version: str) -> None:
    """What made the image, in place of a scanner's name, and that it is for tests."""
    image.Manufacturer = GENERATOR_NAME
    image.ManufacturerModelName = f"{GENERATOR_NAME} {version}"
    image.SoftwareVersions = version
    image.QualityControlImage = "YES"
    image.BurnedInAnnotation = "NO"
