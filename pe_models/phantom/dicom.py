"""Phantoms as CT Image Storage files (PS3.3 A.3), explicit VR little endian, uncompressed."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from pe_models.phantom import GENERATOR_VERSION
from pe_models.phantom.elements import (
    PHANTOM_DATE,
    StudyUids,
    add_generator,
    add_phantom_patient,
    decimal,
    file_meta,
    phantom_uid,
)
from pe_models.phantom.spec import PhantomSpec
from pe_models.phantom.study import Phantom

_INTERCEPT_HU: Final = -1024
_PADDING: Final = -2000
"""What stands outside the field of view, as GE's scanners store it: no HU that could be there."""
_KERNEL_NAMES: Final = {"soft": "STANDARD", "sharp": "LUNG"}


@dataclass(frozen=True, slots=True)
class PhantomUids(StudyUids):
    """Those of a chest."""

    seed: int
    spec: PhantomSpec

    def uid(self, what: str) -> str:
        arguments = f"{self.seed}|{sorted(asdict(self.spec).items())}"
        return phantom_uid(GENERATOR_VERSION, arguments, what)


def write_images(folder: Path, phantom: Phantom, uids: PhantomUids) -> None:
    """One file a slice in ``folder``, named by SOP Instance UID: not in z order, as in life."""
    shared = _shared_attributes(phantom, uids)
    for index in range(phantom.geometry.n_slices):
        image = _image(shared, phantom, uids, index)
        image.save_as(folder / f"{uids.image(index)}.dcm", enforce_file_format=True)


def _image(shared: Dataset, phantom: Phantom, uids: PhantomUids, index: int) -> Dataset:
    n_slices = phantom.geometry.n_slices
    image = Dataset()
    image.update(shared)
    image.file_meta = file_meta(CTImageStorage, uids.image(index))
    image.SOPInstanceUID = uids.image(index)
    image.InstanceNumber = n_slices - index  # from the apex down, as most scanners number
    x, y, z = phantom.geometry.to_patient_mm((index, 0, 0))
    image.ImagePositionPatient = [decimal(x), decimal(y), decimal(z)]
    image.SliceLocation = decimal(z)
    image.PixelData = _stored(phantom.hu[index], phantom.padding)
    return image


def _stored(hu: NDArray[np.int16], padding: NDArray[np.bool_]) -> bytes:
    """Twelve bits without sign, or sixteen with it where there is padding."""
    values = hu.astype(np.int32) - _INTERCEPT_HU
    if not padding.any():
        return values.astype("<u2").tobytes()
    values[padding] = _PADDING
    return values.astype("<i2").tobytes()


def _shared_attributes(phantom: Phantom, uids: PhantomUids) -> Dataset:
    shared = Dataset()
    _add_patient_and_study(shared, phantom, uids)
    _add_series_and_equipment(shared, uids)
    _add_acquisition(shared, phantom)
    _add_pixel_description(shared, phantom)
    _add_stored_range(shared, is_padded=bool(phantom.padding.any()))
    return shared


def _add_patient_and_study(shared: Dataset, phantom: Phantom, uids: PhantomUids) -> None:
    add_phantom_patient(shared, phantom.seed)
    shared.StudyInstanceUID = uids.study
    shared.StudyDate = PHANTOM_DATE
    shared.StudyTime = "120000"
    shared.StudyID = f"{phantom.seed}"
    shared.AccessionNumber = ""
    shared.ReferringPhysicianName = ""
    shared.StudyDescription = "CT CHEST PE PHANTOM"


def _add_series_and_equipment(shared: Dataset, uids: PhantomUids) -> None:
    shared.SOPClassUID = CTImageStorage
    shared.Modality = "CT"
    shared.SeriesInstanceUID = uids.series
    shared.SeriesNumber = 2
    shared.SeriesDate = PHANTOM_DATE
    shared.SeriesTime = "120100"
    shared.SeriesDescription = "CTPA PHANTOM"
    shared.ProtocolName = "CT PULMONARY ANGIOGRAPHY (PHANTOM)"
    shared.BodyPartExamined = "CHEST"
    shared.PatientPosition = "HFS"
    shared.FrameOfReferenceUID = uids.frame_of_reference
    shared.PositionReferenceIndicator = ""
    add_generator(shared, GENERATOR_VERSION)


def _add_acquisition(shared: Dataset, phantom: Phantom) -> None:
    spacing = phantom.geometry.spacing_mm
    shared.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    shared.AcquisitionNumber = 1
    shared.AcquisitionDate = shared.ContentDate = PHANTOM_DATE
    shared.AcquisitionTime = shared.ContentTime = "120130"
    shared.KVP = "100"
    shared.ContrastBolusAgent = "SIMULATED IODINE"
    shared.ContrastBolusRoute = "IV"
    shared.ConvolutionKernel = _KERNEL_NAMES[phantom.truth.kernel]
    shared.SliceThickness = decimal(phantom.slice_thickness_mm)
    shared.SpacingBetweenSlices = decimal(spacing[0])
    shared.ReconstructionDiameter = decimal(spacing[2] * phantom.geometry.shape[2])
    shared.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PixelSpacing = [decimal(spacing[1]), decimal(spacing[2])]


def _add_pixel_description(shared: Dataset, phantom: Phantom) -> None:
    shared.SamplesPerPixel = 1
    shared.PhotometricInterpretation = "MONOCHROME2"
    shared.Rows, shared.Columns = phantom.geometry.shape[1:]
    shared.BitsAllocated = 16
    shared.RescaleIntercept = _INTERCEPT_HU
    shared.RescaleSlope = 1
    shared.RescaleType = "HU"
    shared.WindowCenter = 100
    shared.WindowWidth = 700


def _add_stored_range(shared: Dataset, *, is_padded: bool) -> None:
    shared.BitsStored = 16 if is_padded else 12
    shared.HighBit = shared.BitsStored - 1
    shared.PixelRepresentation = int(is_padded)
    if is_padded:
        shared.PixelPaddingValue = _PADDING
