"""The pages of a report in German: every phrase of the program, no word of the reader's."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pe_models import NOTICE, places, quality
from pe_models.findings import CLASS_ACTIVATION, CLOT_MAP
from pe_models.imaging import read
from pe_models.imaging.anatomy.opacification import Region
from pe_models.imaging.stacks import checks
from pe_viewer.display import texts
from pe_viewer.draft import rules
from pe_viewer.form.answers import Language
from pe_viewer.form.ctpa_form import Override
from pe_viewer.report import content
from pe_viewer.report.build import LEVELS
from pe_viewer.report.content import form as form_content
from pe_viewer.report.content.phrases import ENGLISH, phrases_in, phrases_of
from pe_viewer.report.drawing.key_images import plain_picture
from pe_viewer.report.drawing.track_figure import CAPTION, ENDS, OF_LABEL
from pe_viewer.report.html.page import write_html
from pe_viewer.report.model import KeyImageKind, Report
from pe_viewer.review import Decision, DecisionState, Review

MakeReport = Callable[..., Report]

GERMAN = phrases_in(Language.GERMAN)
PACKAGE = Path(content.__file__).parents[1]


@pytest.fixture
def german(make_report: MakeReport, signed_review: Review) -> Report:
    form = replace(signed_review.form, language=Language.GERMAN, impression="Lungenembolie rechts.")
    return make_report(review=replace(signed_review, form=form))


def said_in_code() -> Iterator[str]:
    """Every text that the package hands to a Phrases by its name, or by ``phrases_of``."""
    for path in PACKAGE.rglob("*.py"):
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
    yield from (
        CAPTION,
        OF_LABEL,
        *ENDS,
        *content.TITLES.values(),
        content.NO_IMPRESSION,
        content.NOT_ANALYSED,
    )
    yield from (content.NOT_A_PROBABILITY, content.CONSISTENCY_NOTE, content.COLOURS_NOTE)
    yield from (content.DEIDENTIFIED, content.NOT_A_PROBABILITY_OF_DISEASE)
    for method in (CLOT_MAP, CLASS_ACTIVATION, *texts.EXTRA_METHODS):
        yield from (texts.scale_title(method), texts.overlay_caution(method))


def warnings_in_code() -> Iterator[tuple[str, ...]]:
    """Every warning of a series or of its quality: the texts around its parts."""
    for module in (checks, read, quality):
        for node in ast.walk(ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))):
            is_warning = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if is_warning and node.func.id in ("SeriesWarning", "QualityWarning"):
                yield _around_parts(node.args[1])


def _around_parts(message: ast.expr) -> tuple[str, ...]:
    if isinstance(message, ast.Constant):
        return (str(message.value),)
    assert isinstance(message, ast.JoinedStr)
    shown = "".join(v.value if isinstance(v, ast.Constant) else "{}" for v in message.values)
    return tuple(shown.split("{}"))


def test_every_phrase_of_the_program_is_in_the_table() -> None:
    said = {*said_in_code(), *said_by_tables()}
    assert len(said) > 80
    assert said - set(GERMAN.table) == set()


def test_every_warning_has_german_words() -> None:
    """Parts that are themselves sentences (thick slices, an uneven step) stand as two entries."""
    known = {tuple(re.split(r"\{\w+\}", english)) for english in GERMAN.warnings}
    said = set(warnings_in_code())
    in_two = {
        words for words in said if words[0] in ("Slices are ", "Slices are not evenly spaced")
    }
    assert len(said) > 25
    assert len(in_two) == 2
    assert said - in_two - known == set()


TOLD_IN_GERMAN = {
    "Not covered: the lung bases, the pulmonary trunk (not found). Clots there cannot be excluded.":
    "Nicht abgebildet: Lungenbasen, Truncus pulmonalis (nicht gefunden). "
    "Thromben lassen sich dort nicht ausschließen.",
    "Slices are 5.0 mm thick and 4.5 mm apart; above 3 mm small clots cannot be excluded.":
    "Die Schichten sind 5,0 mm dick und liegen 4,5 mm auseinander; "
    "über 3 mm lassen sich kleine Thromben nicht ausschließen.",
    "A gap of 12.5 mm between slices 41 and 42 (counted from the feet); slices usually lie 1.25 mm "
    "apart. There are 2 gaps; this is the widest.":
    "Eine Lücke von 12,5 mm zwischen den Schichten 41 und 42 (von den Füßen gezählt); "
    "sonst liegen sie 1,25 mm auseinander. Es sind 2 Lücken; dies ist die größte.",
    "3 slices could not be decoded. Clots there cannot be excluded.":
    "Nicht zu entschlüsseln: 3 Schichten. Thromben lassen sich dort nicht ausschließen.",
    "Blood measures 88 HU in the pulmonary trunk; below 150 HU clots cannot be excluded.":
    "Das Blut misst 88 HU (Truncus pulmonalis); unter 150 HU lassen sich Thromben nicht "
    "ausschließen.",
    "What nobody has written yet.": "What nobody has written yet.",
}  # fmt: skip


@pytest.mark.parametrize(("english", "german"), TOLD_IN_GERMAN.items())
def test_a_warning_is_told_in_german_with_its_parts(english: str, german: str) -> None:
    assert GERMAN.warning(english) == german
    assert ENGLISH.warning(english) == english


def test_the_regions_of_measured_blood_are_in_the_table() -> None:
    assert {str(region) for region in Region} <= set(GERMAN.warnings)


def test_terms_and_columns_of_the_pages_are_in_the_table(german: Report) -> None:
    assert german.findings is not None
    in_english = replace(german, form=replace(german.form, language=None))  # type: ignore[type-var]
    facts = (*content.examination(in_english), *content.provenance(german.findings))
    tables = (
        content.flagged_runs(in_english),
        content.own_runs(in_english),
        content.exam_scores(german.findings),
    )
    words = {fact.term for fact in facts} | {name for table in tables for name in table.columns}
    assert words - set(GERMAN.table) == {"SHA-256"}


def test_a_phrase_has_the_same_parts_in_both_languages() -> None:
    slots = re.compile(r"\{\w+\}")
    unequal = [
        english
        for english, german in (*GERMAN.table.items(), *GERMAN.warnings.items())
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
    table = content.own_runs(make_report(review=review))
    assert table.columns[3] == "Bemerkung"
    assert table.rows[0][3] == "accepted"


def test_without_a_form_a_report_is_english(bare_report: Report) -> None:
    assert phrases_of(bare_report) is ENGLISH
    assert content.shown_impression(bare_report) == content.NO_IMPRESSION


def test_numbers_have_the_mark_of_the_language() -> None:
    assert GERMAN.number("-112.5") == "-112,5"
    assert ENGLISH.number("-112.5") == "-112.5"
    assert GERMAN.like_window("Highest score on any slice < 0.01").endswith("< 0,01")


@pytest.mark.parametrize("name", ["page.de.json", "warnings.de.json"])
def test_the_table_is_sound_json_without_a_key_twice(name: str) -> None:
    path = places.resources() / "report" / name
    pairs = json.loads(path.read_text("utf-8"), object_pairs_hook=list)
    assert len(pairs) == len(dict(pairs))


def said_by_rules() -> Iterator[str]:
    """What each rule of the check returns, with X in its slots, and what it counts."""
    for path in Path(rules.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "count_text":
                yield from (f"2 {arg.value}" for arg in node.args if isinstance(arg, ast.Constant))
            if isinstance(node, ast.Return):
                yield from (said for said in _sentences(node.value) if said)


def _sentences(value: ast.expr | None) -> Iterator[str]:
    match value:
        case ast.IfExp():
            yield from (*_sentences(value.body), *_sentences(value.orelse))
        case ast.Constant(str(text)):
            yield text
        case ast.JoinedStr():
            yield "".join(
                part.value if isinstance(part, ast.Constant) else "X" for part in value.values
            )


def test_every_rule_of_the_check_has_its_german() -> None:
    found = set(said_by_rules())
    assert len(found) > 45
    assert [said for said in sorted(found) if GERMAN.rule(said) == said] == []


@pytest.mark.parametrize(
    ("english", "in_german"),
    [
        ("RV/LV is 1.25, but right heart strain is absent.",
         "RV/LV ist 1,25, aber keine Rechtsherzbelastung."),
        ("The most proximal level is central, but the tree's is lobar.",
         "Die proximalste Etage ist zentral, die des Gefäßbaums aber lobär."),
        ("The impression calls the embolism acute and chronic, but the form says acute.",
         "Die Beurteilung nennt die Embolie akut und chronisch, das Formular akut."),
        ("The impression leaves out: nodule, lymph node.",
         "In der Beurteilung fehlt: Rundherd, Lymphknoten."),
        ("2 flagged runs were never looked at.",
         "2 markierte Abschnitte wurden nie angesehen."),
        ("12 slices were never on screen (96 % viewed).",
         "12 Schichten waren nie auf dem Schirm (96 % gesehen)."),
    ],
)  # fmt: skip
def test_what_the_check_found_is_told_in_german_with_its_answers_and_numbers(
    english: str, in_german: str
) -> None:
    assert GERMAN.rule(english) == in_german
    assert ENGLISH.rule(english) == english


def test_no_english_and_no_decimal_point_is_left_in_a_german_report(
    german: Report, make_report: MakeReport
) -> None:
    words = "Embolism is present, but RV/LV is not measured."
    override = Override("embolism-without-ratio", words, "too small")
    review = replace(german.review, form=replace(german.review.form, overrides=(override,)))
    report = make_report(review=review)
    facts = {fact.value for fact in form_content.sign_off_facts(report)}
    assert any(f.startswith("Embolie vorhanden, aber RV/LV ist nicht gemessen.") for f in facts)
    assert re.search(r"z -?\d+,\d mm", content.position(report, 0))
    assert "Modellpaket pe-test" in content.software_line(report)
    bare = make_report(review=review, findings=None, heatmaps=())
    assert content.software_line(bare).endswith("kein Modell")
    unread = replace(report.key_images[0], hu=None)
    assert plain_picture(report, unread).absence == "Diese Schicht konnte nicht gelesen werden"


def test_slices_without_an_instance_number_are_named_in_german(
    german: Report, make_report: MakeReport, qapp: object
) -> None:
    assert german.findings is not None
    slices = tuple(replace(s, instance_number=None) for s in german.series.slices)
    scores = tuple(replace(s, instance_number=None) for s in german.findings.slices)
    report = make_report(
        review=german.review,
        findings=replace(german.findings, slices=scores),
        series={"slices": slices},
    )
    page = write_html(report).documents[0].content.decode()
    assert "Schicht 13" in page
    assert re.findall(r"\bslice \d+", page) == []
