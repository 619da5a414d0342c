"""The pages of a report in German: every phrase of the program, no word of the reader's."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pe_models import NOTICE, places
from pe_viewer.display import texts
from pe_viewer.form.answers import Language
from pe_viewer.report import content
from pe_viewer.report.build import LEVELS
from pe_viewer.report.html import write_html
from pe_viewer.report.model import KeyImageKind, Report
from pe_viewer.report.phrases import ENGLISH, phrases_in, phrases_of
from pe_viewer.report.track_figure import CAPTION, ENDS
from pe_viewer.review import Decision, DecisionState, Review

MakeReport = Callable[..., Report]

GERMAN = phrases_in(Language.GERMAN)
PACKAGE = Path(content.__file__).parent


@pytest.fixture
def german(make_report: MakeReport, signed_review: Review) -> Report:
    form = replace(signed_review.form, language=Language.GERMAN, impression="Lungenembolie rechts.")
    return make_report(review=replace(signed_review, form=form))


def said_in_code() -> Iterator[str]:
    """Every text that the package hands to a Phrases by its name, or by ``phrases_of``."""
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _is_phrases(node.func):
                yield from _texts(node.args[0])


def _is_phrases(called: ast.expr) -> bool:
    if isinstance(called, ast.Call):
        called = called.func
        return isinstance(called, ast.Name) and called.id == "phrases_of"
    return isinstance(called, ast.Name) and called.id == "say"


def _texts(argument: ast.expr) -> Iterator[str]:
    choices = (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,)
    for choice in choices:
        if isinstance(choice, ast.Constant) and isinstance(choice.value, str):
            yield choice.value


def said_by_tables() -> Iterator[str]:
    """What is looked up by a value: words of the window, columns, levels, kinds."""
    for table in (
        texts.LABEL_TEXTS, texts.QUALITY_TEXTS, texts.ZONE_TEXTS,
        texts.DECISION_TEXTS, texts.REASON_TEXTS,
    ):  # fmt: skip
        yield from (text for text in table.values() if not text.startswith("RV/LV"))
    yield from (level for level, _ in LEVELS)
    yield from (str(k).capitalize() for k in KeyImageKind if k.value.endswith("by the reader"))
    yield from (CAPTION, *ENDS, content.TITLE, content.NO_IMPRESSION, content.NOT_ANALYSED)
    yield from (content.NOT_A_PROBABILITY, content.CONSISTENCY_NOTE, content.PICTURES_NOTE)


def test_every_phrase_of_the_program_is_in_the_table() -> None:
    said = {*said_in_code(), *said_by_tables()}
    assert len(said) > 80
    assert said - set(GERMAN.table) == set()


def test_terms_and_columns_of_the_pages_are_in_the_table(german: Report) -> None:
    assert german.findings is not None
    in_english = replace(german, form=replace(german.form, language=None))  # type: ignore[type-var]
    facts = (*content.examination(in_english), *content.provenance(german.findings))
    tables = (
        content.flagged_runs(in_english),
        content.added_runs(in_english),
        content.exam_scores(german.findings),
    )
    words = {fact.term for fact in facts} | {name for table in tables for name in table.columns}
    assert words - set(GERMAN.table) == {"SHA-256"}


def test_a_phrase_has_the_same_parts_in_both_languages() -> None:
    slots = re.compile(r"\{\w+\}")
    unequal = [
        english
        for english, german in GERMAN.table.items()
        if sorted(slots.findall(english)) != sorted(slots.findall(german))
    ]
    assert unequal == []


def test_a_german_page_says_nothing_in_english_but_the_notice(german: Report, qapp: object) -> None:
    page = write_html(german).documents[0].content.decode()
    shown = re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]+>", " ", page, flags=re.S)
    english = "Examination Reader Model Key Flag Score Slices Spacing accepted rejected yes no Raw"
    found = [w for w in english.split() if re.search(rf"\b{w}\b", shown.replace(NOTICE, ""))]
    assert found == []
    assert '<html lang="de">' in page
    for word in ("Untersuchung", "Befunder", "Modell: markiert 0,94", "Angenommen", NOTICE):
        assert word in shown


def test_what_was_typed_is_never_translated(make_report: MakeReport, german: Report) -> None:
    typed = Decision(10, 11, 12, DecisionState.ADDED, comment="accepted")
    review = replace(german.review, decisions=(typed,), form=german.form)
    table = content.added_runs(make_report(review=review))
    assert table.columns[3] == "Bemerkung"
    assert table.rows[0][3] == "accepted"


def test_without_a_form_a_report_is_english(bare_report: Report) -> None:
    assert phrases_of(bare_report) is ENGLISH
    assert content.shown_impression(bare_report) == content.NO_IMPRESSION


def test_numbers_have_the_mark_of_the_language() -> None:
    assert GERMAN.number("-112.5") == "-112,5"
    assert ENGLISH.number("-112.5") == "-112.5"
    assert GERMAN.like_window("Highest score on any slice < 0.01").endswith("< 0,01")


def test_the_table_is_sound_json_without_a_key_twice() -> None:
    path = places.resources() / "report" / "page.de.json"
    pairs = json.loads(path.read_text("utf-8"), object_pairs_hook=list)
    assert len(pairs) == len(dict(pairs))
