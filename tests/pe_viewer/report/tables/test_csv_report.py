"""The files for scripts."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from pe_models import NOTICE
from pe_models.findings import Findings
from pe_viewer.report.model import Report
from pe_viewer.report.tables.csv_report import write_csv
from pe_viewer.review import Decision, DecisionState, Ellipse, Length, Review, Structure

MakeReport = Callable[..., Report]
Rows = list[dict[str, str]]


def tables(report: Report) -> dict[str, Rows]:
    return {
        document.ending: list(csv.DictReader(io.StringIO(document.content.decode(), newline="")))
        for document in write_csv(report).documents
    }


def test_there_is_one_file_of_slices_one_of_flags_one_of_labels(report: Report) -> None:
    counts = {ending: len(rows) for ending, rows in tables(report).items()}

    assert counts == {"-slices.csv": 20, "-flags.csv": 4, "-exam.csv": 9, "-form.csv": 3}


def test_a_slice_has_its_scores_its_place_and_its_flag(report: Report) -> None:
    row = tables(report)["-slices.csv"][3]

    assert row["slice_index"] == "3"
    assert row["instance_number"] == "17"
    assert float(row["position_mm"]) == -112.5 + 3 * 1.25
    assert float(row["pe_score"]) == 0.7
    assert row["flag"] == "3"


def test_scores_are_written_unrounded(report: Report) -> None:
    assert {row["consistent"] for row in tables(report)["-exam.csv"]} == {"0.500001"}


def test_a_flag_stands_beside_what_the_reader_did_with_it(report: Report) -> None:
    rows = tables(report)["-flags.csv"]

    assert [(r["marked_by"], r["flag"], r["decision"], r["reason"]) for r in rows] == [
        ("model", "1", "undecided", ""),
        ("model", "2", "rejected", "vein"),
        ("model", "3", "accepted", ""),
        ("reader", "", "added", ""),
    ]


def test_every_row_carries_the_notice_and_what_made_it(report: Report) -> None:
    for rows in tables(report).values():
        assert {row["notice"] for row in rows} == {NOTICE}
        assert {row["bundle"] for row in rows} == {"pe-test 1.2"}
        assert {row["bundle_sha256"] for row in rows} == {"ab" * 32}
        assert all(row["software"] for row in rows)


def test_what_has_nothing_to_show_is_left_out_and_named(bare_report: Report) -> None:
    rendering = write_csv(bare_report)

    assert rendering.documents == ()
    assert rendering.omitted == (
        "csv slices: not analysed",
        "csv flags: nothing flagged by the model or added by the reader",
        "csv exam: not analysed",
        "csv heart: the model measured no heart",
        "csv form: the reader filled in no form",
        "csv measurements: the reader measured nothing",
    )


def test_an_answer_of_the_form_has_a_row_with_its_source(signed_report: Report) -> None:
    rows = {row["field"]: row for row in tables(signed_report)["-form.csv"]}

    assert (rows["presence"]["value"], rows["presence"]["source"]) == ("present", "")
    assert (rows["level"]["value"], rows["level"]["source"]) == ("lobar", "from the arterial tree")
    assert rows["sites"]["value"] == "R-LOWER: partial; L-A9: complete"
    assert (rows["rv"]["value"], rows["qanadli"]["value"]) == ("44.8", "7")
    assert "septum" not in rows


def test_a_measure_has_a_row_with_its_value_and_its_place(make_report: MakeReport) -> None:
    rv = Length(6, (10.0, 2.0), (10.0, 58.0), Structure.RV)  # 56 cols of 0.8 mm
    circle = Ellipse(7, (10.0, 10.0), (12.0, 12.0))  # five pixels' centres lie within
    rows = tables(make_report(review=Review(measures=(rv, circle))))["-measurements.csv"]

    assert [(row["kind"], row["structure"]) for row in rows] == [("length", "RV"), ("ellipse", "")]
    assert float(rows[0]["length_mm"]) == pytest.approx(44.8)
    assert (rows[0]["slice_index"], rows[0]["instance_number"]) == ("6", "14")
    assert (rows[0]["mean_hu"], rows[1]["length_mm"]) == ("", "")
    assert rows[1]["n_pixels"] == "5"
    # The fixture's HU are linear in row and col: their mean is that of the centre, (11, 11).
    assert float(rows[1]["mean_hu"]) == pytest.approx(11 * 7 + 11 * 3 - 200 + 7 * 11)


@pytest.mark.parametrize("typed", ["=1+1", "+1", "-1", "@A1", "\t=1"])
def test_no_spreadsheet_takes_a_comment_for_a_formula(make_report: MakeReport, typed: str) -> None:
    review = Review((Decision(1, 1, 1, DecisionState.ADDED, comment=typed),))
    rows = tables(make_report(review=review))["-flags.csv"]

    assert rows[-1]["comment"] == f"'{typed}"


def test_quotes_line_breaks_and_other_alphabets_survive(make_report: MakeReport) -> None:
    typed = 'Zweite Lücke, "rechts"\n肺塞栓'
    review = Review((Decision(1, 1, 1, DecisionState.ADDED, comment=typed),))

    assert tables(make_report(review=review))["-flags.csv"][-1]["comment"] == typed


def test_a_task_without_pe_scores_has_empty_cells(
    make_report: MakeReport, findings: Findings
) -> None:
    slices = tuple(
        replace(score, pe_score=None, pe_score_raw=None, scores={"hemorrhage": 0.3})
        for score in findings.slices
    )
    other = replace(findings, task="hemorrhage", slices=slices, verdict=None, zone=None, flags=())
    row = tables(make_report(findings=other, review=Review()))["-slices.csv"][0]

    assert (row["pe_score"], row["hemorrhage_score"]) == ("", "0.3")


def test_a_decision_on_a_run_of_another_bundle_has_a_row(make_report: MakeReport) -> None:
    review = Review((Decision(5, 6, 6, DecisionState.ACCEPTED),))
    row = tables(make_report(review=review))["-flags.csv"][-1]

    assert (row["marked_by"], row["flag"], row["decision"]) == ("another bundle", "", "accepted")
    assert (row["first_slice_index"], row["last_slice_index"]) == ("5", "6")
