"""Key images as files."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtGui import QImage

from pe_models import NOTICE
from pe_viewer.report.model import Report
from pe_viewer.report.pictures.png import WIDTH_PX, write_png

MakeReport = Callable[..., Report]

pytestmark = pytest.mark.usefixtures("qapp")


def test_each_key_image_is_a_file_with_its_overlay_beside_it(report: Report) -> None:
    assert [document.ending for document in write_png(report).documents] == [
        "-im17.png",
        "-im17-overlay.png",
        "-im9.png",
        "-im5.png",
        "-im5-overlay.png",
        "-im12.png",
        "-im12-overlay.png",
    ]


def test_the_files_are_png_of_one_width(report: Report) -> None:
    for document in write_png(report).documents:
        image = QImage.fromData(document.content, "PNG")
        assert image.width() == WIDTH_PX


def test_a_file_says_what_made_it_and_what_it_is_not_for(report: Report) -> None:
    image = QImage.fromData(write_png(report).documents[0].content, "PNG")

    assert "bundle pe-test 1.2" in image.text("Software")
    assert image.text("Disclaimer") == NOTICE


def test_slices_that_share_a_number_are_named_by_their_index(
    make_report: MakeReport, report: Report
) -> None:
    same = tuple(replace(source, instance_number=1) for source in report.series.slices)
    shared = make_report(series={"slices": same})

    endings = [document.ending for document in write_png(shared).documents]
    assert endings[0] == "-slice3.png"
    assert len(set(endings)) == len(endings)


def test_without_pixels_the_format_says_what_is_missing(make_report: MakeReport) -> None:
    rendering = write_png(make_report(pixels=None))

    assert rendering.documents == ()
    assert rendering.omitted == ("png: the pixels were not available",)
