"""Radiographs as Computed Radiography Image Storage (PS3.3 A.2), 8 bits, uncompressed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ComputedRadiographyImageStorage

from pe_models.phantom import GENERATOR_VERSION
from pe_models.phantom.elements import (
    PHANTOM_DATE,
    add_generator,
    add_phantom_patient,
    decimal,
    file_meta,
    phantom_uid,
)
from pe_models.phantom.radiograph import RADIOGRAPH_VERSION
from pe_models.phantom.radiograph.picture import Radiograph

_VERSION: Final = f"{GENERATOR_VERSION} radiograph {RADIOGRAPH_VERSION}"
_WHITE: Final = 255


@dataclass(frozen=True, slots=True)
class RadiographId:
    """Which picture of which chest, made with what: two that differ in any have other names.

    Where ``is_inverted``, it is stored as MONOCHROME1: the least value is white.
    """

    seed: int
    place: int
    px: int
    is_pneumonia: bool
    is_inverted: bool

    @property
    def patient_id(self) -> str:
        """What RSNA 2018 calls so: the name of one picture, also of its file."""
        digest = hashlib.sha256(self.uid("name").encode()).hexdigest()
        return f"phantom-{self.seed:06d}-{self.place}-{digest[:8]}"

    @property
    def original_name(self) -> str:
        """As the mapping to the pictures' source has it: the patient, then which picture."""
        return f"{self.seed:08d}_{self.place:03d}.png"

    def uid(self, what: str) -> str:
        """Of its study, series or image."""
        arguments = f"{self.seed}|{self.place}|{self.px}|{self.is_pneumonia}|{self.is_inverted}"
        return phantom_uid(_VERSION, arguments, what)


def write_radiograph(path: Path, radiograph: Radiograph, name: RadiographId) -> None:
    """Writes the file ``path``."""
    image = Dataset()
    image.file_meta = file_meta(ComputedRadiographyImageStorage, name.uid("image"))
    _add_patient_and_study(image, name)
    _add_series_and_equipment(image, radiograph, name)
    _add_picture(image, radiograph, name)
    image.save_as(path, enforce_file_format=True)


def _add_patient_and_study(image: Dataset, name: RadiographId) -> None:
    add_phantom_patient(image, name.seed)
    image.StudyInstanceUID = name.uid("study")
    image.StudyDate = PHANTOM_DATE
    image.StudyTime = "120000"
    image.StudyID = f"{name.seed}-{name.place}"
    image.AccessionNumber = ""
    image.ReferringPhysicianName = ""
    image.StudyDescription = "CHEST RADIOGRAPH PHANTOM"


def _add_series_and_equipment(image: Dataset, radiograph: Radiograph, name: RadiographId) -> None:
    image.SOPClassUID = ComputedRadiographyImageStorage
    image.SOPInstanceUID = name.uid("image")
    image.Modality = "CR"
    image.SeriesInstanceUID = name.uid("series")
    image.SeriesNumber = 1
    image.SeriesDescription = f"CHEST {radiograph.view.position} PHANTOM"
    image.BodyPartExamined = "CHEST"
    image.ViewPosition = radiograph.view.position.value
    add_generator(image, _VERSION)


def _add_picture(image: Dataset, radiograph: Radiograph, name: RadiographId) -> None:
    image.ImageType = ["ORIGINAL", "PRIMARY"]
    image.InstanceNumber = 1
    image.PatientOrientation = ["L", "F"]
    image.ContentDate = PHANTOM_DATE
    image.ContentTime = "120000"
    pitch = decimal(radiograph.pitch_mm)
    image.ImagerPixelSpacing = image.PixelSpacing = [pitch, pitch]  # both at the detector
    image.DistanceSourceToDetector = decimal(radiograph.view.source_mm)
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME1" if name.is_inverted else "MONOCHROME2"
    image.Rows, image.Columns = radiograph.grey.shape
    image.BitsAllocated = image.BitsStored = 8
    image.HighBit = 7
    image.PixelRepresentation = 0
    image.WindowCenter, image.WindowWidth = 128, 256
    stored = np.uint8(_WHITE) - radiograph.grey if name.is_inverted else radiograph.grey
    image.PixelData = stored.tobytes() + b"\0" * (stored.size % 2)
