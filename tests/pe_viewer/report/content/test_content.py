"""The words of a report."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pe_models.findings import (
    CLOT_MAP,
    Findings,
    Heatmap,
    Quality,
    QualityCode,
    QualityWarning,
    Verdict,
)
from pe_viewer.form.answers import Language
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.report import content
from pe_viewer.report.model import Report
from pe_viewer.review import Decision, DecisionState, RejectionReason, Review

MakeReport = Callable[..., Report]


def test_the_patient_line_says_who_was_examined(report: Report) -> None:
    assert content.patient_line(report) == "DOE, Jane   63 y F   born 1963-02-01   ID ID-4711"


def test_a_study_without_names_and_dates_says_so(make_report: MakeReport) -> None:
    nobody = {"name": "", "patient_id": "", "birth_date": "", "sex": "", "age": ""}

    assert content.patient_line(make_report(patient=nobody)) == "No name"


def test_the_model_puts_no_word_into_the_impression(make_report: MakeReport) -> None:
    assert content.impression(make_report(review=Review())) == content.NO_IMPRESSION
    assert content.impression(make_report(review=Review(comment=" \n"))) == content.NO_IMPRESSION


def test_the_reading_counts_what_the_reader_did(report: Report, bare_report: Report) -> None:
    assert content.reading(report) == (
        "Flagged runs: 1 accepted, 1 added, 1 rejected, 1 not decided."
    )
    assert content.reading(bare_report) == "Not reviewed by a reader."


def test_warnings_of_files_and_of_pixels_are_both_told(report: Report) -> None:
    warned = [note.text for note in content.quality(report) if note.is_warning]

    assert warned == ["A gap of 12.5 mm was found.", "A gap hides part of the arteries."]


def test_a_ct_that_is_fit_is_told_without_a_warning(
    make_report: MakeReport, findings: Findings
) -> None:
    fit = make_report(findings=replace(findings, quality=Quality(402.4)), series={"warnings": ()})

    notes = content.quality(fit)
    assert not any(note.is_warning for note in notes)
    assert notes[0].text == "Pulmonary artery: 402 HU."


def test_quality_is_not_claimed_without_analysis(bare_report: Report) -> None:
    assert "not measured" in content.quality(bare_report)[-1].text


def test_flags_are_named_as_pacs_names_slices(report: Report) -> None:
    rows = content.flagged_runs(report).rows

    assert rows[0] == ("1", "Im 3 – 6", "-91.2 to -95.0", "Im 5", "0.94", "right", "Not decided")
    assert rows[1] == ("2", "Im 12", "-102.5", "Im 12", "0.61", "–", "Rejected: vein")


def test_slices_without_a_number_are_counted_from_one(
    make_report: MakeReport, report: Report
) -> None:
    unnumbered = tuple(replace(s, instance_number=None) for s in report.series.slices)
    rows = content.flagged_runs(make_report(series={"slices": unnumbered})).rows

    assert rows[0][1] == "slice 18 – 15"


def test_the_readers_comment_stands_in_the_table(make_report: MakeReport, report: Report) -> None:
    flag = report.numbered_flags[0][1]
    decision = replace(Decision.on_flag(flag, DecisionState.UNSURE), comment="motion here")

    rows = content.flagged_runs(make_report(review=Review((decision,)))).rows
    assert rows[0][-1] == "Unsure (motion here)"


def test_a_comment_too_long_for_a_table_says_where_the_rest_is(make_report: MakeReport) -> None:
    added = Decision(1, 1, 1, DecisionState.ADDED, comment="a" * 5000)
    comment = content.own_runs(make_report(review=Review((added,)))).rows[0][-1]

    assert comment == "a" * 400 + "… [5000 characters, whole in the JSON report]"


def test_the_verdict_line_is_the_windows(report: Report, bare_report: Report) -> None:
    assert content.verdict(report) == "Model: flagged 0.94"
    assert content.verdict(bare_report) == content.NOT_ANALYSED


def test_an_indeterminate_verdict_gives_its_reason(
    make_report: MakeReport, findings: Findings
) -> None:
    warning = QualityWarning(QualityCode.NOT_OPACIFIED, "The pulmonary trunk has 90 HU.")
    blind = replace(findings, verdict=Verdict.INDETERMINATE, quality=Quality(90.0, (warning,)))
    report = make_report(findings=blind)

    assert content.verdict(report) == "Model: cannot say"
    assert "not opacified" in content.verdict_notes(blind)[0]


def test_a_score_is_never_called_a_probability_of_embolism(findings: Findings) -> None:
    said = " ".join(content.verdict_notes(findings))

    assert "Model score (trained on phantoms)" in said
    assert "probability of PE" not in said
    assert "not a probability" in said


def test_all_nine_labels_stand_in_the_appendix(findings: Findings) -> None:
    rows = content.exam_scores(findings).rows

    assert len(rows) == 9
    assert rows[0] == ("Negative for PE", "0.31", "0.42", "0.50", "yes")


def test_the_bundle_is_named_with_its_whole_hash(report: Report, findings: Findings) -> None:
    facts = {fact.term: fact.value for fact in content.provenance(findings)}

    assert facts["SHA-256"] == "ab" * 32
    assert facts["Bundle"] == "pe-test 1.2, task pe"
    assert facts["Calibrated on"] == "phantoms"
    assert "pe-test 1.2" in content.software_line(report)


def test_a_key_image_says_why_it_is_shown(report: Report) -> None:
    titles = [content.key_image_title(report, image) for image in report.key_images]

    assert titles == [
        "Flag 3, model score 0.70 · reader: accepted",
        "Added by the reader",
        "Flag 1, model score 0.94 · reader: not decided",
        "Flag 2, model score 0.61 · reader: rejected",
    ]


def test_an_overlay_is_to_be_taken_as_the_window_says(
    make_report: MakeReport, heatmaps: tuple[Heatmap, ...]
) -> None:
    """A clot map and a class activation do not mean the same."""
    clot_maps = tuple(replace(heatmap, method=CLOT_MAP) for heatmap in heatmaps)
    of_clots = content.key_images_notes(make_report(heatmaps=clot_maps))[-1]
    of_both = content.key_images_notes(make_report(heatmaps=(*clot_maps[:1], *heatmaps[1:])))[-1]

    assert of_clots.startswith("Clot map: where the model takes something for clot; it may be")
    assert "Shows what moved the score".lower() not in of_clots.lower()
    assert "Clot map: where" in of_both
    assert "Class activation: shows what moved the score, not where a finding lies." in of_both


def test_missing_pixels_are_told(make_report: MakeReport) -> None:
    assert content.key_images_notes(make_report(pixels=None)) == (
        "The pixels were not available; no key images.",
    )


def test_a_row_of_another_length_is_no_table() -> None:
    with pytest.raises(ValueError, match="number of cells"):
        content.Table(("a", "b"), (("1",),))


@pytest.mark.parametrize("task", content.TITLES)
def test_the_title_says_what_was_examined(report: Report, task: str) -> None:
    assert report.findings is not None
    analysed = replace(report, findings=replace(report.findings, task=task))
    assert content.title(analysed) == content.TITLES[task]


def test_what_is_said_of_a_radiographs_score_holds_for_no_embolism(report: Report) -> None:
    assert report.findings is not None
    said = " ".join(content.verdict_notes(replace(report.findings, task="pneumonia")))
    assert content.NOT_A_PROBABILITY_OF_DISEASE in said
    assert "embolism" not in said


def test_a_radiograph_is_no_stack_of_slices(report: Report) -> None:
    series = report.series
    geometry = replace(series.geometry, shape=(1, *series.geometry.shape[1:]))
    one = replace(series, modality="CR", slices=series.slices[:1], geometry=geometry)
    shot = Report(report.study, one, None, Review(), (), report.created)
    facts = {fact.term: fact.value for fact in content.examination(shot)}
    assert facts["Picture"] == f"{one.rows} x {one.cols} pixels"
    assert facts["Spacing"].endswith("mm at the detector")
    assert "Slices" not in facts
    assert content.title(shot) == "Chest radiograph: research report"
    assert "mm" in content.position(report, 0)
    assert "mm" not in content.position(shot, 0)


def test_decisions_on_runs_of_another_bundle_are_listed(
    make_report: MakeReport, review: Review
) -> None:
    before = Decision(5, 6, 6, DecisionState.REJECTED, RejectionReason.VEIN, comment="azygos")
    report = make_report(review=review.with_decision(before))

    assert content.reading(report).endswith("1 not decided. On runs of another bundle: 1.")
    said = [row[-1] for row in content.own_runs(report).rows]
    assert said == ["Subsegmental", "On a run of another bundle: Rejected: vein (azygos)"]
    in_german = make_report(review=replace(report.review, form=CtpaForm(language=Language.GERMAN)))
    assert content.own_runs(in_german).rows[1][-1] == (
        "Zu einem Abschnitt eines anderen Modellpakets: Abgelehnt: Vene (azygos)"
    )


def test_without_an_analysis_all_decisions_but_the_added_ones_are_of_another_bundle(
    make_report: MakeReport, review: Review
) -> None:
    report = make_report(findings=None, heatmaps=(), review=review)

    assert len(content.own_runs(report).rows) == len(review.decisions)


def test_a_place_is_told_along_the_axis_that_the_slices_lie_across(
    make_report: MakeReport, report: Report
) -> None:
    coronal = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0))
    geometry = replace(report.series.geometry, directions=coronal)
    assert "  z -" in content.position(report, 0)
    assert "  y -" in content.position(make_report(series={"geometry": geometry}), 0)
