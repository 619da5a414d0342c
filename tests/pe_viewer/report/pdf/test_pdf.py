"""The report on paper. The text is read back by poppler, where it is installed."""

import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from pe_models import NOTICE
from pe_models.findings import Findings, Flag
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import Volume
from pe_viewer.display.arterial_painting import MARK
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.report.drawing.paper import PAPER, TREE_INK
from pe_viewer.report.model import Report
from pe_viewer.report.pdf.blocks import TREE_HEIGHT, TREE_WIDTH, Tree
from pe_viewer.report.pdf.document import write_pdf
from pe_viewer.review import Decision, DecisionState, Length, Review

MakeReport = Callable[..., Report]
ReadText = Callable[[bytes], str]
PaintPages = Callable[[bytes], list[NDArray[np.uint8]]]

pytestmark = pytest.mark.usefixtures("qapp")


def pdf_of(report: Report) -> bytes:
    (document,) = write_pdf(report).documents
    assert document.ending == ".pdf"
    return document.content


def page_count(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.fixture
def read_text(tmp_path: Path) -> ReadText:
    """The text of a PDF as poppler's pdftotext reads it, pages parted by form feeds."""
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip("pdftotext is missing (Debian package poppler-utils)")

    def read(pdf: bytes) -> str:
        path = tmp_path / "report.pdf"
        path.write_bytes(pdf)
        return subprocess.run(
            [tool, "-layout", str(path), "-"], check=True, capture_output=True, text=True
        ).stdout

    return read


@pytest.fixture
def paint_pages(tmp_path: Path) -> PaintPages:
    """The pages of a PDF (row, col, rgb; uint8) at one pixel a point, by poppler's pdftoppm."""
    tool = shutil.which("pdftoppm")
    if tool is None:
        pytest.skip("pdftoppm is missing (Debian package poppler-utils)")

    def paint(pdf: bytes) -> list[NDArray[np.uint8]]:
        (tmp_path / "report.pdf").write_bytes(pdf)
        command = [tool, "-r", "72", "-l", "2", tmp_path / "report.pdf", tmp_path / "page"]
        subprocess.run(command, check=True)
        return [np.asarray(Image.open(path)) for path in sorted(tmp_path.glob("page-*.ppm"))]

    return paint


@pytest.fixture
def crowded(make_report: MakeReport, findings: Findings) -> Report:
    """Twenty flags: tables and key images over several pages."""
    flags = tuple(Flag(index, index, index, 0.5 + index / 100) for index in range(20))
    return make_report(findings=replace(findings, flags=flags), review=Review())


def test_it_is_an_archival_pdf(report: Report) -> None:
    pdf = pdf_of(report)

    assert pdf.startswith(b"%PDF-1.4")
    assert b"<pdfaid:part>1</pdfaid:part>" in pdf or b'pdfaid:part="1"' in pdf


def test_equal_reports_are_equal_files(report: Report) -> None:
    assert pdf_of(report) == pdf_of(report)


def test_it_is_written_outside_the_gui_thread_too(report: Report) -> None:
    written: list[bytes] = []
    thread = threading.Thread(target=lambda: written.append(pdf_of(report)))
    thread.start()
    thread.join(timeout=30)

    assert written == [pdf_of(report)]


def test_its_date_is_the_reports_own(make_report: MakeReport) -> None:
    assert b"(D:20261121140533" in pdf_of(make_report())
    assert b'xmp:CreateDate="2026-11-21T14:05:33' in pdf_of(make_report())


def test_a_deidentified_report_has_no_date(make_report: MakeReport) -> None:
    pdf = pdf_of(make_report(deidentify=True))

    assert b"(D:19700101000000" in pdf
    assert set(re.findall(rb'xmp:\w+Date="(\d{4})', pdf)) == {b"1970"}


def test_a_deidentified_report_names_nobody(make_report: MakeReport, read_text: ReadText) -> None:
    text = read_text(pdf_of(make_report(deidentify=True)))

    named = [
        word for word in ("DOE", "Jane", "ID-4711", "2026-11", "ACC-0815", "1.2.3.") if word in text
    ]
    assert named == []
    assert "De-identified" in text


def test_every_page_names_the_patient_the_notice_and_its_number(
    crowded: Report, read_text: ReadText
) -> None:
    pages = read_text(pdf_of(crowded)).removesuffix("\f").split("\f")

    assert len(pages) == page_count(pdf_of(crowded)) > 3
    for number, page in enumerate(pages, start=1):
        assert "DOE, Jane" in page
        assert NOTICE in page
        assert f"Page {number}/{len(pages)}" in page
        assert "bundle pe-test 1.2" in page


def test_all_flags_and_labels_stand_in_it(crowded: Report, read_text: ReadText) -> None:
    text = read_text(pdf_of(crowded))

    rows = [rf"^\s*{number}\s+Im {number}\s" for number in range(1, 21)]
    assert [row for row in rows if not re.search(row, text, re.MULTILINE)] == []
    assert "RV/LV ≥ 1" in text
    assert "ab" * 32 in text


def test_the_minus_of_a_position_survives_copying(report: Report, read_text: ReadText) -> None:
    text = read_text(pdf_of(report))

    assert "-91.2 to -95.0" in text
    assert "z -108.8 mm" in text


def test_a_character_that_no_font_can_draw_stands_by_its_code_point(
    make_report: MakeReport, read_text: ReadText
) -> None:
    """A private-use character, which no font of the world is asked to draw."""
    odd = make_report(patient={"name": "Müller\ue9a7^Änne"})

    assert "Müller[U+E9A7], Änne" in read_text(pdf_of(odd))


def test_a_long_header_moves_the_page_down_and_hides_nothing(
    make_report: MakeReport, read_text: ReadText
) -> None:
    patient = {"name": f"{'N' * 64}^{'G' * 64}", "patient_id": "7" * 64}
    text = read_text(pdf_of(make_report(patient=patient)))

    above = text[: text.index("CT pulmonary angiography")]
    for word in ("N" * 64, "G" * 64, "7" * 64, "ACC-0815"):
        assert word in re.sub(r"\s", "", above).upper()


def test_no_page_ends_with_a_heading_or_the_header_of_a_table(
    make_report: MakeReport, read_text: ReadText
) -> None:
    decisions = tuple(Decision(k, k, k, DecisionState.ADDED) for k in range(20))
    for n_lines in range(28, 56, 3):
        review = Review(decisions, comment="\n".join(["A line."] * n_lines))
        report = make_report(review=review, pixels=None, findings=None, heatmaps=())
        for page in read_text(pdf_of(report)).split("\f"):
            *_, last = [
                line.strip() for line in page[: page.find(NOTICE)].splitlines() if line
            ] or [""]
            assert not re.match(r"(Images|Flag)\s+|Reader$|Model$|Impression$", last)


def test_a_word_longer_than_the_page_is_broken_not_cut(
    make_report: MakeReport, read_text: ReadText
) -> None:
    long_word = "".join(f"{number:04d}" for number in range(100))
    text = read_text(pdf_of(make_report(review=Review(comment=long_word))))

    assert long_word in re.sub(r"\s", "", text)


def test_a_report_without_analysis_says_so(bare_report: Report, read_text: ReadText) -> None:
    text = read_text(pdf_of(bare_report))

    assert "Not analysed" in text
    assert "No impression entered." in text
    assert "Not reviewed by a reader." in text
    assert "no model" in text


def test_a_long_impression_runs_over_pages(make_report: MakeReport, read_text: ReadText) -> None:
    lines = [f"Line {number} of the impression." for number in range(150)]
    text = read_text(pdf_of(make_report(review=Review(comment="\n".join(lines)))))

    assert [line for line in lines if line not in text] == []


def test_one_long_paragraph_runs_over_pages(make_report: MakeReport, read_text: ReadText) -> None:
    words = [f"word{number}" for number in range(3000)]
    text = read_text(pdf_of(make_report(review=Review(comment=" ".join(words)))))

    assert set(words) <= set(text.split())


def test_a_large_matrix_and_many_flags_stay_below_five_megabytes(
    make_report: MakeReport, findings: Findings
) -> None:
    """Noise does not compress: the worst case for a key image."""
    shape = (20, 1024, 1024)
    noise = np.random.default_rng(7).integers(-150, 350, shape[1:], dtype=np.int16)
    geometry = Geometry.axial(shape, (1.25, 0.4, 0.4))
    flags = tuple(Flag(index, index, index, 0.6) for index in range(12))
    started = time.process_time()
    report = make_report(
        series={"geometry": geometry},
        pixels=np.broadcast_to(noise, shape),
        findings=replace(findings, flags=flags),
        review=Review(),
    )

    assert len(pdf_of(report)) < 5_000_000
    assert time.process_time() - started < 10


def test_the_form_the_measures_and_the_sign_off_are_told(
    make_report: MakeReport, signed_review: Review, read_text: ReadText
) -> None:
    line = Length(5, (10.0, 10.0), (10.0, 20.0))  # 10 cols of 0.8 mm
    review = replace(
        signed_review, measures=(*signed_review.measures, line), first_read=(Decision.added(5),)
    )
    text = read_text(pdf_of(make_report(review=review)))

    assert "Acute pulmonary embolism, bilateral, most proximally lobar." in text
    assert re.search(r"Length\s+Im 15\s+8\.0 mm", text)
    assert re.search(r"Right ventricle\s+44\.8 mm, Im 14", text)
    assert "1 taken back" in text
    assert "Signed by Dr. Müller, 2026-11-21 14:30. 19 of 20 slices viewed." in text


def test_the_arterial_tree_is_drawn_in_the_readers_colour() -> None:
    image = QImage(round(TREE_WIDTH), round(TREE_HEIGHT), QImage.Format.Format_RGB32)
    image.fill(PAPER.reader_fill)
    painter = QPainter(image)
    frame = QRectF(0.0, 0.0, TREE_WIDTH, TREE_HEIGHT)
    Tree({ArterialSite.TRUNK: Occlusion.COMPLETE}).paint(painter, frame)
    painter.end()

    drawn = [image.pixelColor(round(TREE_WIDTH / 2), y).name() for y in range(image.height())]
    assert drawn.count(PAPER.reader.lower()) > MARK * TREE_INK.unit


def test_a_long_form_begins_on_the_first_page(
    make_report: MakeReport, signed_review: Review, read_text: ReadText
) -> None:
    sites = dict.fromkeys(ArterialSite, Occlusion.PARTIAL)
    form = replace(signed_review.form, sites=sites, impression="\n".join(["One line."] * 40))
    first, second, *_ = read_text(
        pdf_of(make_report(review=replace(signed_review, form=form)))
    ).split("\f")

    assert "One line." in first
    assert "Left ventricle" not in first
    assert "Left ventricle" in second


def test_a_number_and_its_unit_stay_on_one_line(
    make_report: MakeReport, read_text: ReadText
) -> None:
    comment = " ".join(["about 27 mm and 310 HU, Im 12;"] * 60)
    lines = read_text(pdf_of(make_report(review=Review(comment=comment)))).splitlines()

    assert sum("27 mm" in line for line in lines) > 5
    assert [line for line in lines if re.match(r"\s*(mm|HU|12;)", line)] == []


def test_a_voice_keeps_room_at_the_edges_of_its_pages(
    make_report: MakeReport, paint_pages: PaintPages
) -> None:
    lines = "\n".join(f"Line {number}." for number in range(120))
    first, second, *_ = paint_pages(pdf_of(make_report(review=Review(comment=lines))))
    left = 60  # in points: within the ground, left of what is written
    grounds = [np.flatnonzero(page[:, left, 0] == int(PAPER.reader_fill[1:3], 16))
               for page in (first, second)]  # fmt: skip
    texts = [np.flatnonzero((page[:, 63:200] < 120).all(axis=2).any(axis=1))
             for page in (first, second)]  # fmt: skip
    last_on_first = max(row for row in texts[0] if row <= grounds[0].max())
    first_on_second = min(row for row in texts[1] if row >= grounds[1].min())

    assert grounds[0].max() - last_on_first >= 6
    assert first_on_second - grounds[1].min() >= 6


def test_every_row_of_a_table_has_its_line(crowded: Report, paint_pages: PaintPages) -> None:
    """At one pixel a point, where a filled line half a point high falls between the pixels."""
    pages = paint_pages(pdf_of(crowded))
    ground = int(PAPER.model_fill[5:7], 16)
    column = np.concatenate([page[:, 300, 2] for page in pages]).astype(int)
    across = np.concatenate([page[:, 60:500, 2].astype(int).std(axis=1) for page in pages])
    lines = (column < ground - 3) & (across < 3)

    assert np.count_nonzero(np.diff(lines.astype(int)) == 1) >= 20


def test_a_missing_slice_does_not_stop_the_page(make_report: MakeReport, volume: Volume) -> None:
    holed = make_report(pixels=replace(volume, missing_slices=frozenset({3})))

    assert page_count(pdf_of(holed)) >= 3
