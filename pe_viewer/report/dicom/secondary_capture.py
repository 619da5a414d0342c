"""Key images as secondary captures, for viewers that show nothing else. No patient data in them.

A heat map in a picture cannot be switched off: each overlay comes with its plain slice.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import SecondaryCaptureImageStorage
from PySide6.QtGui import QImage

from pe_models import NOTICE
from pe_viewer.report import content
from pe_viewer.report.dicom.identity import (
    RESEARCH,
    ObjectKind,
    encode,
    fresh_uid,
    new_object,
    verbatim,
)
from pe_viewer.report.dicom.sources import instances, is_lossy, unreferable
from pe_viewer.report.model import KeyImage, Report
from pe_viewer.report.pictures.png import overlay_image, plain_image, slice_ending
from pe_viewer.report.writer import Document, Rendering

KIND: Final = ObjectKind(9706, "key images as pictures")


@verbatim
def write_secondary_captures(report: Report) -> Rendering:
    """``-im<instance number>.dcm`` for each key image, ``-overlay.dcm`` beside it with its map."""
    series = fresh_uid()
    documents: list[Document] = []
    for image in report.key_images:
        ending = slice_ending(report, image)
        pictures = {"": plain_image(report, image), "-overlay": overlay_image(report, image)}
        for suffix, picture in pictures.items():
            if picture is not None:
                dataset = _capture(report, image, picture)
                dataset.SeriesInstanceUID = series
                dataset.InstanceNumber = len(documents) + 1
                documents.append(Document(f"-{ending}{suffix}.dcm", encode(dataset, report, KIND)))
    return Rendering(tuple(documents), () if documents else ("sc: the pixels were not available",))


def _capture(report: Report, image: KeyImage, picture: QImage) -> Dataset:
    """A Secondary Capture Image (PS3.3 A.8.1), 8-bit RGB."""
    pixels = rgb_pixels(picture)
    dataset = new_object(SecondaryCaptureImageStorage, "OT")
    dataset.ConversionType = "WSD"
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.ContentDate = dataset.ContentTime = ""
    dataset.BodyPartExamined = "CHEST"
    dataset.PatientOrientation = ""
    dataset.BurnedInAnnotation = "NO"
    dataset.ImageComments = f"{RESEARCH}: {content.key_image_title(report, image)}. {NOTICE}"
    if unreferable("sc", report) is None:
        dataset.SourceImageSequence = instances(report, [image.slice_index])
    if is_lossy(report):
        dataset.LossyImageCompression = "01"
    dataset.SamplesPerPixel = 3
    dataset.PhotometricInterpretation = "RGB"
    dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    dataset.PixelData = pixels.tobytes()
    return dataset


def rgb_pixels(picture: QImage) -> NDArray[np.uint8]:
    """(row, col, rgb), an even number of bytes as DICOM wants it: an odd last row is left out."""
    rgb = picture.convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(rgb.constBits(), dtype=np.uint8).reshape(rgb.height(), -1)
    pixels = lines[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3)
    is_odd = pixels.size % 2 == 1
    return (pixels[:-1] if is_odd else pixels).copy()  # the picture's memory goes with it
