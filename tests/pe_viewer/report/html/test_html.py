"""The report as one page that asks nobody for anything."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from pe_models import NOTICE
from pe_viewer.form.sites import ArterialSite
from pe_viewer.report.html.page import write_html
from pe_viewer.report.model import Report
from pe_viewer.review import Decision, DecisionState, Length, Review

MakeReport = Callable[..., Report]

pytestmark = pytest.mark.usefixtures("qapp")

_VOID = {"meta", "img", "br", "line", "polygon", "rect", "circle", "path"}


class Page(HTMLParser):
    """Text, attributes and nesting of a page."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def source_of(report: Report) -> str:
    return write_html(report).documents[0].content.decode()


def test_every_kind_of_report_is_a_well_nested_page(
    make_report: MakeReport, bare_report: Report
) -> None:
    for report in (make_report(), make_report(pixels=None), bare_report):
        assert NOTICE in "".join(Page(source_of(report)).text)


def test_nothing_is_fetched_from_anywhere(report: Report) -> None:
    source = source_of(report)
    page = Page(source)

    assert all(value.startswith("data:image/png;base64,") for value in page.values("src"))
    assert page.values("href") == []
    assert "default-src 'none'" in source
    assert re.findall(r"https?://|@import|url\(", source) == []


def test_the_page_shows_the_slice_beside_its_overlay(report: Report) -> None:
    page = Page(source_of(report))

    assert len(page.values("src")) == 4 + 3
    assert page.values("alt")[0] == (
        "Im 17/20  z -108.8 mm. Flag 3, model score 0.70 · reader: accepted"
    )


def test_names_are_text_and_never_markup(make_report: MakeReport) -> None:
    typed = "<script>alert(1)</script> & <b>"
    hostile = make_report(
        patient={"name": "<b onx>^Änne & Söhne", "patient_id": "山田\"'>"},
        series={"description": typed},
        review=Review((Decision(1, 1, 1, DecisionState.ADDED, comment=typed),), comment=typed),
    )
    source = source_of(hostile)
    text = "".join(Page(source).text)

    assert text.count(typed) == 3
    assert "<b onx>, Änne & Söhne" in text
    assert "山田\"'>" in text
    assert "<script>alert" not in source
    assert source.count("<script") == 2


def test_a_name_stays_within_the_style_sheets_string(make_report: MakeReport) -> None:
    """On paper each page names the patient by a string of the style sheet."""
    name = '"; } body { display: none } </style>\\^A'
    source = source_of(make_report(patient={"name": name}))
    style = source[source.index("<style>") : source.index("</style>")]
    (said,) = re.findall(r'@top-left \{ content: "([^"]*)"; font', style)

    assert re.fullmatch(r"(?:[A-Za-z0-9]|\\[0-9a-f]{6})+", said)
    told = re.sub(r"\\([0-9a-f]{6})", lambda code: chr(int(code[1], 16)), said)
    assert told.startswith('"; } body { display: none } </style>\\, A')


def test_a_dollar_sign_is_no_placeholder(make_report: MakeReport) -> None:
    assert "$notice" in "".join(Page(source_of(make_report(review=Review(comment="$notice")))).text)


def test_the_script_finds_a_word_for_every_slice_and_an_image_for_every_link(
    report: Report,
) -> None:
    source = source_of(report)
    found = re.search(r'<script type="application/json" id="slices">(.*?)</script>', source)
    assert found is not None
    said = json.loads(found[1])

    assert len(said["slices"]) == 20
    assert said["slices"][4] == "Im 5/20  z -93.8 mm  model score 0.94"
    assert {image["step"] for image in said["images"]} == {16, 8, 4, 11}
    assert {image["id"] for image in said["images"]} <= set(Page(source).values("id"))


def test_the_readers_line_breaks_survive(make_report: MakeReport) -> None:
    source = source_of(make_report(review=Review(comment="One.\nTwo.")))

    assert '<p class="typed">One.\nTwo.</p>' in source


def test_a_report_without_analysis_says_so_and_has_no_track(bare_report: Report) -> None:
    source = source_of(bare_report)

    assert "Not analysed" in source
    assert "<svg" not in source


def test_the_arterial_tree_is_drawn_and_told(signed_report: Report) -> None:
    page = Page(source_of(signed_report))
    marks = [kind for tag, name, kind in page.attributes if (tag, name) == ("circle", "class")]
    (tree,) = [words for words in page.values("aria-label") if words.startswith("Arteries")]

    assert marks.count("artery closed") == 2
    assert marks.count("artery") == len(ArterialSite) - 2
    assert "right lower lobe artery (partial), left A9 (complete)" in tree


def test_without_emboli_there_is_no_tree(report: Report) -> None:
    assert 'class="tree"' not in source_of(report)


def test_measures_that_the_form_does_not_tell_have_a_table(
    make_report: MakeReport, signed_review: Review
) -> None:
    line = Length(5, (10.0, 10.0), (10.0, 20.0))  # 10 cols of 0.8 mm
    review = replace(signed_review, measures=(*signed_review.measures, line))
    source = source_of(make_report(review=review))

    assert "<td>Length</td><td>Im 15</td><td>8.0 mm</td>" in source
    assert "Other measurements" not in source_of(make_report(review=signed_review))
