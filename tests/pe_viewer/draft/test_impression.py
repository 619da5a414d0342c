"""The impression composed from the fields, in two languages, and its words' tables."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from pe_models import places
from pe_models.findings import Findings
from pe_viewer.draft.impression import burden_text, compose, impression_of
from pe_viewer.draft.model_words import model_paragraph
from pe_viewer.draft.rules import Draft
from pe_viewer.draft.words import words_of
from pe_viewer.form import answers
from pe_viewer.form.answers import Incidental, Language, Presence
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.form.sites import ArterialSite, Occlusion, Side

MakeDraft = Callable[..., Draft]


def test_an_empty_form_gives_no_words() -> None:
    assert compose(CtpaForm()) == ""


def test_the_english_impression_follows_from_the_fields(positive: MakeDraft) -> None:
    form = positive(incidental={Incidental.NODULE: "7 mm in the right upper lobe."}).form
    assert compose(form).splitlines() == [
        "Acute pulmonary embolism, bilateral, most proximally lobar.",
        "Arteries: right lower lobe artery (partial), left A9 (complete).",
        "Clot burden: Qanadli 7/40 (17.5 %), Mastora 6–9/155.",
        "Right heart strain: RV/LV 1.10, septum flattened, pulmonary trunk 29 mm.",
        "No pulmonary infarction.",
        "Nodule: 7 mm in the right upper lobe.",
    ]


def test_the_german_impression_follows_from_the_fields(positive: MakeDraft) -> None:
    form = positive(language=Language.GERMAN, infarct=None).form
    assert compose(form).splitlines() == [
        "Akute Lungenembolie, beidseits, am weitesten proximal lobär.",
        "Arterien: Unterlappenarterie rechts (teilweise), A9 links (vollständig).",
        "Thrombuslast: Qanadli 7/40 (17,5 %), Mastora 6–9/155.",
        "Rechtsherzbelastung: RV/LV 1,10, Septum abgeflacht, Truncus pulmonalis 29 mm.",
    ]


def test_a_negative_report_says_what_limits_it(negative: MakeDraft) -> None:
    form = negative(bolus=answers.BolusQuality.LIMITED, limitations="Arms down.").form
    assert compose(form).splitlines() == [
        "No pulmonary embolism.",
        "No right heart strain: RV/LV 0.90.",
        "Limited by: limited contrast in the pulmonary arteries. Arms down.",
    ]


def test_typed_limitations_alone_are_one_sentence(negative: MakeDraft) -> None:
    form = negative(limitations="Arms down.").form
    assert compose(form).splitlines()[-1] == "Limited by: Arms down."


def test_many_arteries_are_counted_after_the_sixth() -> None:
    sites = dict.fromkeys(list(ArterialSite)[11:19], Occlusion.PARTIAL)
    line = compose(CtpaForm(presence=Presence.PRESENT, sites=sites)).splitlines()[1]
    assert line.endswith("right A6 (partial), 2 more.")


def test_the_readers_own_wording_stands() -> None:
    form = CtpaForm(presence=Presence.PRESENT, impression=" My words. ")
    assert impression_of(form) == "My words."
    assert impression_of(replace(form, impression="")) == ""


def test_every_answer_has_its_words_in_every_language() -> None:
    enums = (
        *(kind for kind in vars(answers).values() if isinstance(kind, type)),
        ArterialSite,
        Occlusion,
        Side,
    )
    for language in Language:
        words = words_of(language)
        for kind in enums:
            if kind.__module__.startswith("pe_viewer") and kind is not Language:
                assert all(words.of(value) for value in kind)


def test_both_languages_have_the_same_tables() -> None:
    english, german = (
        json.loads((places.resources() / "report" / f"form.{code}.json").read_text("utf-8"))
        for code in ("en", "de")
    )
    assert {name: set(table) for name, table in english.items()} == {
        name: set(table) for name, table in german.items()
    }


def test_an_exact_burden_is_one_number() -> None:
    form = CtpaForm(sites={ArterialSite.LEFT_A1: Occlusion.COMPLETE})
    assert burden_text(form, words_of(Language.ENGLISH)) == "Qanadli 2/40 (5 %), Mastora 5/155"


def test_the_models_paragraph_names_runs_and_bundle_and_no_probability(findings: Findings) -> None:
    said = model_paragraph(findings)
    assert said == (
        "Model: flagged 0.10. Flagged runs: Im 3–6 right 0.94; Im 16–18 left 0.70. "
        "Model score (trained on phantoms), bundle pe-test 1.2."
    )


@pytest.mark.parametrize("language", Language)
def test_nothing_of_the_model_enters_a_composed_impression(
    language: Language, positive: MakeDraft, findings: Findings
) -> None:
    said = compose(positive(language=language).form)
    assert "odel" not in said
    assert "0.94" not in said
    assert findings.bundle.name not in said
