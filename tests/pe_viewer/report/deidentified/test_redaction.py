"""What identifies the patient goes out of typed text; what a report needs stays."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from pe_models.imaging.study import Study
from pe_viewer.form.answers import Incidental
from pe_viewer.form.ctpa_form import CtpaForm, Override
from pe_viewer.form.sign_off import Addendum, SignOff
from pe_viewer.report.deidentified.redaction import redaction_of
from pe_viewer.report.typed_text import rewritten
from pe_viewer.review import Decision, DecisionState, Review

Clean = Callable[[str, str], str]


@pytest.fixture
def clean(study: Study) -> Clean:
    """``clean(name, text)``: the text, typed about a patient of that name."""

    def cleaned(name: str, text: str) -> str:
        patient = replace(study.patient, name=name)
        return redaction_of(replace(study, patient=patient), Review())(text)

    return cleaned


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("DOE^JANE", "Mrs. Doe, jane's embolus", "Mrs. [removed], [removed]'s embolus"),
        ("DOE^JANE", "Does the doe-like janet?", "Does the [removed]-like janet?"),
        ("MUELLER^JUERGEN", "Müller, Jürgen", "[removed], [removed]"),
        ("Müller^Jürgen", "Mueller; Muller; MÜLLER", "[removed]; [removed]; [removed]"),
        ("Müller^Jürgen", "Mu\u0308ller", "[removed]"),
        ("Weiß^Ida", "weiss", "[removed]"),
        ("Wang^XiaoDong=王^小东", "王小东先生 (Wang)", "[removed][removed]先生 ([removed])"),
        ("Яцек^Ёж", "пациент яцек", "пациент [removed]"),
        ("van der Berg^Jo^^Dr", "der Befund, Dr. Berg", "der Befund, Dr. [removed]"),
        ("O'Brien^A", "obrien, O'BRIEN, a clot", "obrien, [removed], a clot"),
        ("", "left lower lobe", "left lower lobe"),
        ("(.*)^+", "left lower lobe", "left lower lobe"),
    ],
)
def test_the_name_goes_in_every_spelling(clean: Clean, name: str, text: str, left: str) -> None:
    assert clean(name, text) == left


@pytest.mark.parametrize(
    "text",
    [
        "20.11.2026",
        "3. 4. 2025",
        "20.11.26",
        "2026-11-20",
        "2026/11/20",
        "20261120",
        "11/20/2026",
        "20-11-26",
        "20 November 2026",
        "20. März 2026",
        "Nov 20th, 2026",
        "1.2.840.113619.2.55.3",
        "ID-4711",
        "acc-0815",
        "STUDY-1",
        "19630201",
    ],
)
def test_dates_ids_and_uids_go(clean: Clean, text: str) -> None:
    assert clean("DOE^JANE", f"Compared with {text}: smaller.") == (
        "Compared with [removed]: smaller."
    )


@pytest.mark.parametrize(
    "text",
    [
        "RV 45.5 mm, LV 35.0 mm, RV/LV 1.30; Im 183/275, z -112.5 mm.",
        "Segments 8-9-10 and 8/9/10, A1-3 and A9/10; 7 x 12 x 3 mm; 1/2 occluded; 310 HU.",
        "Nodule known since 2019, T12 fracture, 24/7, page 3 of 4.",
        "Qanadli 11/40 (27.5 %), version 1.2.0, May be motion.",
    ],
)
def test_what_a_report_needs_stays(clean: Clean, text: str) -> None:
    assert clean("DOE^JANE", text) == text


def test_the_one_who_signed_goes_too(study: Study) -> None:
    signed = SignOff("Dr. Rita Roe", datetime(2026, 11, 21, tzinfo=UTC), 1, 1)
    redact = redaction_of(study, Review(sign_off=signed))

    assert redact("Discussed with Roe.") == "Discussed with [removed]."


def test_every_text_that_a_reader_typed_is_cleaned(study: Study) -> None:
    said = "Doe, 20.11.2026"
    addendum = Addendum("Roe", None, said)
    run = Decision(1, 1, 1, DecisionState.ADDED, comment=said)
    form = CtpaForm(
        incidental={Incidental.NODULE: said},
        limitations=said,
        impression=said,
        model_words=said,
        overrides=(Override("rule", "The rule's words.", said),),
    )
    review = Review((run,), first_read=(run,), comment=said, form=form, begun_addendum=said)
    review = replace(review, begun_reasons={"rule": said})
    review = replace(review, sign_off=SignOff("Roe", None, addenda=(addendum,)))
    text = str(rewritten(review, redaction_of(study, review)))

    assert str(review).count(said) == 11
    assert said not in text
    assert text.count("[removed], [removed]") == 11


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (Review, {"comment", "begun_addendum", "begun_reasons"}),
        (Decision, {"comment"}),
        (CtpaForm, {"limitations", "impression", "model_words", "incidental"}),
        (Override, {"rule_id", "words", "reason"}),
        (Addendum, {"reader", "text"}),
        (SignOff, {"reader", "bundle_sha256", "organization"}),
    ],
)
def test_no_text_was_added_that_nobody_cleans(kind: type, typed: set[str]) -> None:
    """A new field that holds words belongs into ``redaction`` and here."""
    with_words = {field.name for field in fields(kind) if "str" in str(field.type)}

    assert with_words - {"sources"} == typed
