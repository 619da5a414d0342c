"""Head phantoms as CT Image Storage files (PS3.3 A.3), explicit VR little endian, uncompressed."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from pe_models.phantom.elements import (
    PHANTOM_DATE,
    StudyUids,
    add_generator,
    add_phantom_patient,
    decimal,
    file_meta,
    phantom_uid,
)
from pe_models.phantom.files import whole_file
from pe_models.phantom.head import HEAD_VERSION
from pe_models.phantom.head.spec import HeadSpec
from pe_models.phantom.head.study import HeadPhantom
from pe_models.tasks.hemorrhage import BRAIN

_INTERCEPT_HU: Final = -1024


@dataclass(frozen=True, slots=True)
class HeadUids(StudyUids):
    """Those of a head."""

    seed: int
    spec: HeadSpec

    def image_id(self, slice_index: int) -> str:
        """The name of a slice in the RSNA 2019 tables, and of its file."""
        return f"ID_{self.image(slice_index)}"

    def uid(self, what: str) -> str:
        arguments = f"head|{self.seed}|{sorted(asdict(self.spec).items())}"
        return phantom_uid(HEAD_VERSION, arguments, what)


def write_head_images(folder: Path, phantom: HeadPhantom, uids: HeadUids) -> None:
    """One file a slice in ``folder``, ``ID_<SOP Instance UID>.dcm``: not in z order."""
    shared = _shared_attributes(phantom, uids)
    for index in range(phantom.geometry.n_slices):
        image = _image(shared, phantom, uids, index)
        with whole_file(folder / f"{uids.image_id(index)}.dcm") as partial:
            image.save_as(partial, enforce_file_format=True)


def _image(shared: Dataset, phantom: HeadPhantom, uids: HeadUids, index: int) -> Dataset:
    image = Dataset()
    image.update(shared)
    image.file_meta = file_meta(CTImageStorage, uids.image(index))
    image.SOPInstanceUID = uids.image(index)
    image.InstanceNumber = index + 1  # from the base up, as head CTs are numbered
    x, y, z = phantom.geometry.to_patient_mm((index, 0, 0))
    image.ImagePositionPatient = [decimal(x), decimal(y), decimal(z)]
    image.SliceLocation = decimal(z)
    image.PixelData = (phantom.hu[index].astype(np.int32) - _INTERCEPT_HU).astype("<u2").tobytes()
    return image


def _shared_attributes(phantom: HeadPhantom, uids: HeadUids) -> Dataset:
    shared = Dataset()
    add_phantom_patient(shared, phantom.seed)
    add_generator(shared, HEAD_VERSION)
    _add_study_and_series(shared, phantom.seed, uids)
    _add_acquisition(shared, phantom)
    _add_pixel_description(shared, phantom)
    return shared


def _add_study_and_series(shared: Dataset, seed: int, uids: HeadUids) -> None:
    shared.SOPClassUID = CTImageStorage
    shared.StudyInstanceUID = uids.study
    shared.StudyDate = shared.SeriesDate = PHANTOM_DATE
    shared.StudyTime, shared.SeriesTime = "120000", "120100"
    shared.StudyID = f"{seed}"
    shared.AccessionNumber = ""
    shared.ReferringPhysicianName = ""
    shared.StudyDescription = "CT HEAD PHANTOM"
    shared.Modality = "CT"
    shared.SeriesInstanceUID = uids.series
    shared.SeriesNumber = 2
    shared.SeriesDescription = "HEAD PHANTOM"
    shared.ProtocolName = "CT HEAD WITHOUT CONTRAST (PHANTOM)"
    shared.BodyPartExamined = "HEAD"
    shared.PatientPosition = "HFS"
    shared.FrameOfReferenceUID = uids.frame_of_reference
    shared.PositionReferenceIndicator = ""


def _add_acquisition(shared: Dataset, phantom: HeadPhantom) -> None:
    spacing = phantom.geometry.spacing_mm
    shared.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    shared.AcquisitionNumber = 1
    shared.AcquisitionDate = shared.ContentDate = PHANTOM_DATE
    shared.AcquisitionTime = shared.ContentTime = "120130"
    shared.KVP = "120"
    shared.ConvolutionKernel = "STANDARD"
    shared.SliceThickness = decimal(phantom.slice_thickness_mm)
    shared.SpacingBetweenSlices = decimal(spacing[0])
    shared.ReconstructionDiameter = decimal(spacing[2] * phantom.geometry.shape[2])
    shared.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PixelSpacing = [decimal(spacing[1]), decimal(spacing[2])]


def _add_pixel_description(shared: Dataset, phantom: HeadPhantom) -> None:
    shared.SamplesPerPixel = 1
    shared.PhotometricInterpretation = "MONOCHROME2"
    shared.Rows, shared.Columns = phantom.geometry.shape[1:]
    shared.BitsAllocated, shared.BitsStored, shared.HighBit = 16, 12, 11
    shared.PixelRepresentation = 0
    shared.RescaleIntercept = _INTERCEPT_HU
    shared.RescaleSlope = 1
    shared.RescaleType = "HU"
    shared.WindowCenter, shared.WindowWidth = int(BRAIN.centre_hu), int(BRAIN.width_hu)
