"""Key images as PNG, each with its words and the notice beside the anatomy; no patient data."""

from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageWriter

from pe_models import NOTICE
from pe_models.errors import ExportError
from pe_viewer.report import content
from pe_viewer.report.drawing.key_images import overlay_picture, plain_picture
from pe_viewer.report.drawing.picture import to_image
from pe_viewer.report.model import KeyImage, Report
from pe_viewer.report.writer import Document, Rendering

WIDTH_PX: Final = 800
FONT_PX: Final = 15


def write_png(report: Report) -> Rendering:
    """``-im<instance number>.png`` for each key image, ``-overlay.png`` beside it with its map.

    What made them stands in the files' text chunks, the notice there and on the picture.
    """
    documents: list[Document] = []
    software = content.software_line(report)
    for image in report.key_images:
        ending = f"-{slice_ending(report, image)}"
        documents.append(Document(f"{ending}.png", encode(plain_image(report, image), software)))
        overlay = overlay_image(report, image)
        if overlay is not None:
            documents.append(Document(f"{ending}-overlay.png", encode(overlay, software)))
    return Rendering(tuple(documents), () if documents else ("png: the pixels were not available",))


def plain_image(report: Report, image: KeyImage) -> QImage:
    return to_image(plain_picture(report, image), width_px=WIDTH_PX, font_px=FONT_PX)


def overlay_image(report: Report, image: KeyImage) -> QImage | None:
    picture = overlay_picture(report, image)
    return None if picture is None else to_image(picture, width_px=WIDTH_PX, font_px=FONT_PX)


def encode(image: QImage, software: str) -> bytes:
    """The image as PNG bytes, with the notice. Raises ExportError where Qt cannot write it."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    writer.setText("Software", software)
    writer.setText("Disclaimer", NOTICE)
    if not writer.write(image):
        raise ExportError(f"A key image could not be written as PNG: {writer.errorString()}.")
    return bytes(buffer.data().data())


def slice_ending(report: Report, image: KeyImage) -> str:
    """By instance number, as PACS names slices; by slice index where that is missing or shared."""
    numbers = [source.instance_number for source in report.series.slices]
    number = numbers[image.slice_index]
    is_unique = number is not None and numbers.count(number) == 1
    return f"im{number}" if is_unique else f"slice{image.slice_index}"
