"""The report as slides, read back by python-pptx."""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from pptx import Presentation
from pptx.util import Inches

from pe_models import NOTICE
from pe_models.findings import Findings, Flag
from pe_viewer.report.drawing.paper import PAPER
from pe_viewer.report.model import Report
from pe_viewer.report.slides.deck import HEIGHT, WIDTH, in_xml
from pe_viewer.report.slides.report import write_pptx
from pe_viewer.review import Decision, DecisionState, Review

MakeReport = Callable[..., Report]

pytestmark = pytest.mark.usefixtures("qapp")


def pptx_of(report: Report) -> bytes:
    (document,) = write_pptx(report).documents
    assert document.ending == ".pptx"
    return document.content


def slides_of(report: Report) -> list[Any]:
    return list(Presentation(io.BytesIO(pptx_of(report))).slides)


def words_of(slide: Any) -> str:
    texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    tables = [shape.table for shape in slide.shapes if shape.has_table]
    texts += [cell.text for table in tables for row in table.rows for cell in row.cells]
    return "\n".join(texts)


def pictures_of(slide: Any) -> list[Any]:
    return [shape for shape in slide.shapes if shape.shape_type == 13]


def test_every_slide_names_the_patient_the_notice_and_its_number(report: Report) -> None:
    slides = slides_of(report)

    for number, slide in enumerate(slides, start=1):
        words = words_of(slide)
        assert "DOE, Jane" in words
        assert NOTICE in words
        assert f"bundle pe-test 1.2 · sha256 {'ab' * 6}   {number}/{len(slides)}" in words


def test_the_reader_and_the_model_stand_on_slides_of_their_own(report: Report) -> None:
    words = [words_of(slide) for slide in slides_of(report)]

    (reader,) = [text for text in words if "Segmental embolism in the left lower lobe." in text]
    (model,) = [text for text in words if "Model: flagged 0.94" in text]
    assert reader != model


def test_key_images_are_shown_without_and_with_their_map(report: Report) -> None:
    shown = [len(pictures_of(slide)) for slide in slides_of(report)[-5:-1]]

    assert shown == [2 if image.heatmap else 1 for image in report.key_images]


def test_a_picture_is_described_to_those_who_do_not_see_it(report: Report) -> None:
    slide = slides_of(report)[-5]
    described = [shape._element.nvPicPr.cNvPr.get("descr") for shape in pictures_of(slide)]

    assert "Flag 3, model score 0.70" in described[0]
    assert described[1].endswith("With the activation map")


def test_nothing_reaches_over_the_edge_of_a_slide(report: Report) -> None:
    for slide in slides_of(report):
        for shape in slide.shapes:
            assert min(shape.left, shape.top) >= 0
            assert shape.left + shape.width <= Inches(WIDTH)
            assert shape.top + shape.height <= Inches(HEIGHT)


def test_the_track_is_a_figure(report: Report) -> None:
    (slide,) = [slide for slide in slides_of(report) if "Model: flagged 0.94" in words_of(slide)]
    (figure,) = pictures_of(slide)
    image = Image.open(io.BytesIO(figure.image.blob))

    assert image.width == 2000
    assert len(image.getcolors(maxcolors=1 << 20)) > 3


def test_the_form_and_its_sign_off_are_tables_and_the_tree_a_figure(signed_report: Report) -> None:
    slides = slides_of(signed_report)
    told = "".join(map(words_of, slides))

    assert "44.8 mm, Im 14 (measured by the reader)" in told
    assert "Signed by Dr. Müller, 2026-11-21 14:30. 19 of 20 slices viewed." in told
    (slide,) = [slide for slide in slides if "Reader: arterial tree" in words_of(slide)]
    (tree,) = pictures_of(slide)
    assert "left A9 (complete)" in tree._element.nvPicPr.cNvPr.get("descr")


def test_a_long_table_goes_on_over_further_slides(
    make_report: MakeReport, findings: Findings
) -> None:
    flags = tuple(Flag(index, index, index, 0.5 + index / 100) for index in range(20))
    crowded = make_report(findings=replace(findings, flags=flags), review=Review())
    tables = [
        shape.table
        for slide in slides_of(crowded)
        if "Model: flagged runs" in words_of(slide)
        for shape in slide.shapes
        if shape.has_table
    ]

    numbers = [row.cells[0].text for table in tables for row in list(table.rows)[1:]]
    assert numbers == [str(number) for number in range(1, 21)]
    # 5.4 inches hold fifteen rows of 0.36, the names of the columns among them
    assert [len(table.rows) - 1 for table in tables] == [14, 6]


def test_rows_with_long_words_go_on_sooner(make_report: MakeReport) -> None:
    """Each of these takes some ten lines; twelve of them would run off the slide."""
    comment = "A filling defect that is best seen in the sagittal plane. " * 6
    decisions = tuple(Decision(k, k, k, DecisionState.ADDED, comment=comment) for k in range(9))
    slides = slides_of(make_report(review=Review(decisions)))
    tables = [
        shape.table
        for slide in slides
        if "Reader: runs beside the model's" in words_of(slide)
        for shape in slide.shapes
        if shape.has_table
    ]

    assert sum(len(table.rows) - 1 for table in tables) == 9
    assert max(len(table.rows) for table in tables) <= 5


def test_each_voice_has_its_colour_on_every_slide_of_its_own(signed_report: Report) -> None:
    colours = {
        run.text.split(":")[0]: str(run.font.color.rgb)
        for slide in slides_of(signed_report)
        for shape in slide.shapes
        if shape.has_text_frame and shape.text_frame.paragraphs[0].runs
        for run in [shape.text_frame.paragraphs[0].runs[0]]
        if run.text.startswith(("Reader: ", "Model: flagged runs"))
    }
    assert colours == {"Reader": PAPER.reader[1:], "Model": PAPER.model[1:]}


def test_a_long_impression_is_whole(make_report: MakeReport) -> None:
    lines = [f"Line {number} of the impression." for number in range(60)]
    lines.append(" ".join(f"word{number}" for number in range(600)))
    words = " ".join(
        words_of(s) for s in slides_of(make_report(review=Review(comment="\n".join(lines))))
    )

    assert [line for line in lines[:-1] if line not in words] == []
    assert set(lines[-1].split()) <= set(words.split())


def test_a_report_without_analysis_or_pixels_says_so(
    bare_report: Report, make_report: MakeReport
) -> None:
    assert "Not analysed" in "".join(map(words_of, slides_of(bare_report)))
    assert slides_of(make_report(pixels=None, findings=None, heatmaps=(), review=Review()))


def test_equal_reports_are_equal_files_dated_as_the_report(report: Report) -> None:
    content = pptx_of(report)

    assert content == pptx_of(report)
    properties = Presentation(io.BytesIO(content)).core_properties
    assert f"{properties.created:%Y-%m-%d %H:%M}" == "2026-11-21 14:05"
    assert properties.author == properties.last_modified_by == "PE Reading Room"
    stamps = {entry.date_time[:3] for entry in zipfile.ZipFile(io.BytesIO(content)).infolist()}
    assert stamps == {(2026, 11, 21)}


def test_a_deidentified_deck_holds_no_name_id_or_date(make_report: MakeReport) -> None:
    content = pptx_of(make_report(deidentify=True))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = b"".join(package.read(e) for e in package.infolist() if e.filename.endswith(".xml"))
        years = {entry.date_time[0] for entry in package.infolist()}

    named = [w for w in (b"DOE", b"Jane", b"ID-4711", b"ACC-0815", b"1.2.3.") if w in parts]
    assert named == []
    assert not re.search(rb"2026-?11", parts)
    assert years == {1980}


def test_names_of_any_script_and_odd_characters_are_carried(make_report: MakeReport) -> None:
    odd = make_report(patient={"name": "Müller\x08^山田\ud800"})
    words = words_of(slides_of(odd)[0])

    assert "Müller[U+0008]" in words
    assert "山田[U+D800]" in words
    assert in_xml("a\tb\nc") == "a\tb\nc"
