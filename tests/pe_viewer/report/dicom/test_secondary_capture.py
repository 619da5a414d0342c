"""Key images as pictures in DICOM."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from pydicom import dcmread
from PySide6.QtGui import QColor, QImage

from pe_viewer.report.dicom.secondary_capture import rgb_pixels, write_secondary_captures
from pe_viewer.report.model import Report
from pe_viewer.report.pictures.png import overlay_image, plain_image

MakeReport = Callable[..., Report]

pytestmark = pytest.mark.usefixtures("qapp")


def test_a_slice_comes_plain_and_under_its_map(unsigned_report: Report) -> None:
    endings = [document.ending for document in write_secondary_captures(unsigned_report).documents]

    assert endings[:2] == ["-im17.dcm", "-im17-overlay.dcm"]
    assert len(endings) == 2 * len(unsigned_report.key_images)


def test_the_pixels_are_those_of_the_picture(unsigned_report: Report) -> None:
    plain, overlay = (
        dcmread(io.BytesIO(document.content))
        for document in write_secondary_captures(unsigned_report).documents[:2]
    )
    image = unsigned_report.key_images[0]
    drawn = overlay_image(unsigned_report, image)

    assert drawn is not None
    np.testing.assert_array_equal(
        plain.pixel_array, rgb_pixels(plain_image(unsigned_report, image))
    )
    np.testing.assert_array_equal(overlay.pixel_array, rgb_pixels(drawn))


def test_it_names_the_slice_it_shows_and_says_research(unsigned_report: Report) -> None:
    content = write_secondary_captures(unsigned_report).documents[0].content
    dataset = dcmread(io.BytesIO(content))

    assert dataset.SourceImageSequence[0].ReferencedSOPInstanceUID == "1.2.3.30.3"
    assert dataset.ImageComments.startswith("RESEARCH: Flag 3, model score 0.70")
    assert dataset.BurnedInAnnotation == "NO"


def test_all_pictures_of_a_report_are_one_series(unsigned_report: Report) -> None:
    documents = write_secondary_captures(unsigned_report).documents
    read = [dcmread(io.BytesIO(document.content)) for document in documents]

    assert len({dataset.SeriesInstanceUID for dataset in read}) == 1
    assert [dataset.InstanceNumber for dataset in read] == list(range(1, len(read) + 1))


def test_a_picture_of_odd_size_keeps_an_even_number_of_bytes() -> None:
    """PS3.5 8.1.1; lines of a QImage are padded to four bytes, which are no pixels."""
    picture = QImage(3, 5, QImage.Format.Format_RGB888)
    picture.fill(QColor(1, 2, 3))
    picture.setPixelColor(2, 0, QColor(9, 8, 7))
    pixels = rgb_pixels(picture)

    assert pixels.shape == (4, 3, 3)
    assert pixels[0].tolist() == [[1, 2, 3], [1, 2, 3], [9, 8, 7]]


def test_without_pixels_it_is_left_out(make_report: MakeReport) -> None:
    assert write_secondary_captures(make_report(pixels=None)).omitted == (
        "sc: the pixels were not available",
    )
