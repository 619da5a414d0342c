"""What reports say of the reader's form, its sign-off, and the reader's impression."""

import json
from collections.abc import Callable
from dataclasses import replace

import jsonschema
import pytest

from pe_models import places
from pe_viewer.display.coverage import Coverage
from pe_viewer.form.answers import Language
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.report import content
from pe_viewer.report.content.form import form_facts, sign_off_facts
from pe_viewer.report.html.page import write_html
from pe_viewer.report.model import Report
from pe_viewer.report.tables.json_report import to_dict
from pe_viewer.review import Review

MakeReport = Callable[..., Report]


def _facts(report: Report) -> dict[str, str]:
    return {fact.term: fact.value for fact in (*form_facts(report).all, *sign_off_facts(report))}


def test_every_answer_is_told_with_its_source(signed_report: Report) -> None:
    facts = _facts(signed_report)
    assert facts["Contrast"] == "good, 310 HU (measured in the pulmonary trunk)"
    assert facts["Pulmonary embolism"] == "present"
    assert facts["Most proximal level"] == "lobar (from the arterial tree)"
    assert facts["Arteries"] == "right lower lobe artery (partial), left A9 (complete)"
    assert facts["Clot burden"] == "Qanadli 7/40 (17.5 %), Mastora 6–9/155"
    assert facts["Right ventricle"] == "44.8 mm, Im 14 (measured by the reader)"
    assert facts["RV/LV"] == "1.17"
    assert facts["Incidental findings"] == "Nodule: 7 mm, right upper lobe"


def test_the_sign_off_tells_who_when_and_in_spite_of_what(signed_report: Report) -> None:
    facts = _facts(signed_report)
    assert facts["Signed"] == "Signed by Dr. Müller, 2026-11-21 14:30. 19 of 20 slices viewed."
    assert facts["Warning overridden"] == "RV/LV is 1.17. Reason: Known cor pulmonale."
    assert facts["Addendum"] == "Dr. Å, 2026-11-22 09:00: Nodule known since 2019."
    assert content.created_line(signed_report).endswith("Signed by Dr. Müller, 2026-11-21 14:30.")


def test_what_was_looked_at_is_told_with_the_flags_that_were_not_visited(
    make_report: MakeReport, signed_review: Review, qapp: object
) -> None:
    unvisited = make_report().numbered_flags[1][1]
    coverage = Coverage(18, 20, (unvisited,))
    report = make_report(coverage=coverage)
    facts = _facts(report)
    assert facts["Looked at"] == "18 of 20 slices viewed (90 %)"
    assert facts["Flags not visited"] == "2 (Im 12)"
    record = to_dict(report)
    assert record["reader"]["coverage"] == {"n_viewed": 18, "n_slices": 20, "unvisited_flags": [2]}
    schema = json.loads((places.resources() / "report" / "report.schema.json").read_text("utf-8"))
    jsonschema.validate(record, schema)
    assert "Flags not visited" in write_html(report).documents[0].content.decode()

    form = replace(signed_review.form, language=Language.GERMAN)
    review = replace(signed_review, form=form)
    facts = _facts(make_report(review=review, coverage=Coverage(20, 20)))
    assert "Durchgesehen" not in facts, "a signature tells what had been viewed when it was given"
    assert facts["Nicht aufgesuchte Markierungen"] == "keine"


def test_a_german_form_is_told_in_german(make_report: MakeReport, signed_review: Review) -> None:
    form = replace(signed_review.form, language=Language.GERMAN, impression=None)
    facts = _facts(make_report(review=replace(signed_review, form=form)))
    assert facts["Lungenembolie"] == "vorhanden"
    assert facts["Rechter Ventrikel"] == "44,8 mm, Im 14 (vom Befunder gemessen)"
    assert facts["Freigabe"].startswith("Freigegeben von Dr. Müller, 2026-11-21 14:30")


@pytest.mark.parametrize("seen", ["", "cd" * 32])
def test_findings_that_the_reader_had_not_seen_when_signing_are_told(
    make_report: MakeReport, signed_review: Review, seen: str
) -> None:
    assert signed_review.sign_off is not None
    sign_off = replace(signed_review.sign_off, bundle_sha256=seen)
    report = make_report(review=replace(signed_review, sign_off=sign_off))
    assert _facts(report)["Signed"].endswith("came after the signature.")
    without = make_report(review=report.review, findings=None, heatmaps=())
    assert _facts(without)["Signed"].endswith("slices viewed.")


def test_an_unsigned_report_says_so(make_report: MakeReport, filled_review: Review) -> None:
    report = make_report(review=filled_review)
    assert content.created_line(report).endswith("Not signed.")
    assert "Signed" not in _facts(report)


def test_the_impression_follows_from_a_form_that_was_filled_in(
    make_report: MakeReport, filled_review: Review
) -> None:
    said = content.impression(make_report(review=filled_review))
    assert said.startswith("Acute pulmonary embolism, bilateral, most proximally lobar.")
    worded = replace(filled_review, form=replace(filled_review.form, impression="As before."))
    assert content.impression(make_report(review=worded)) == "As before."


def test_an_analysis_alone_makes_neither_form_nor_impression(make_report: MakeReport) -> None:
    report = make_report(review=Review())
    assert report.form is None
    assert content.impression(report) == content.NO_IMPRESSION
    assert form_facts(report).all == ()


def test_decisions_alone_make_no_impression(make_report: MakeReport, review: Review) -> None:
    report = make_report(review=replace(review, comment=""))
    assert _facts(report)["Pulmonary embolism"] == "present (from the reader's decisions)"
    assert content.impression(report) == content.NO_IMPRESSION


def test_words_taken_over_from_the_model_are_told(
    make_report: MakeReport, filled_review: Review
) -> None:
    form = replace(filled_review.form, model_words="Model: flagged 0.94.")
    facts = _facts(make_report(review=replace(filled_review, form=form)))
    assert facts["From the model"] == "Model: flagged 0.94."


def test_a_deidentified_report_tells_neither_who_signed_nor_when(
    make_report: MakeReport, signed_review: Review
) -> None:
    report = make_report(review=signed_review, deidentify=True)
    said = json.dumps(to_dict(report), ensure_ascii=False) + str(_facts(report))
    assert report.sign_off is not None
    assert report.review.sign_off == report.sign_off
    for secret in ("Müller", "Dr. Å", "2026-11"):
        assert secret not in said
    assert content.created_line(report).startswith("Signed. The patient's name")


@pytest.mark.parametrize("language", Language)
def test_the_json_of_a_signed_form_keeps_to_its_schema(
    make_report: MakeReport, signed_review: Review, language: Language
) -> None:
    form = replace(signed_review.form, language=language)
    record = to_dict(make_report(review=replace(signed_review, form=form)))
    schema = json.loads((places.resources() / "report" / "report.schema.json").read_text("utf-8"))
    jsonschema.validate(record, schema)
    assert record["reader"]["form"]["qanadli"] == 7
    assert record["reader"]["form"]["mastora"] == [6, 9]
    assert record["reader"]["sign_off"]["reader"] == "Dr. Müller"
    assert record["reader"]["impression"] == signed_review.form.impression


def test_the_json_of_an_empty_report_has_no_form(bare_report: Report) -> None:
    reader = to_dict(bare_report)["reader"]
    assert (reader["form"], reader["sign_off"], reader["impression"]) == (None, None, None)


def test_markup_in_the_form_stays_text(make_report: MakeReport, qapp: object) -> None:
    review = Review(form=CtpaForm(limitations="<script>alert(1)</script>"))
    page = write_html(make_report(review=review)).documents[0].content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
