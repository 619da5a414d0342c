"""Exams whose slices are unknown: what the exam labels tell is used, and nothing else."""

import pytest

from pe_models.evaluation.compare import compare
from pe_models.evaluation.comparison_table import comparison_page
from pe_models.evaluation.measures import measure
from pe_models.findings import Verdict
from pe_models.labels import INDETERMINATE, NEGATIVE, RIGHT

ANY_PE = {NEGATIVE: 0, INDETERMINATE: 0}
FLAGGED = (0.1, 0.9, 0.9, 0.1)


@pytest.fixture
def without(make_judged):  # type: ignore[no-untyped-def]
    """An exam without PE, all of whose slices are known, and one flag in it."""
    return make_judged((0, 0, 0, 0), (0.1, 0.1, 0.9, 0.1), verdict=Verdict.POSITIVE, name="n")


def test_pe_that_the_reader_found_on_no_slice_is_no_false_alarm(make_judged, without) -> None:  # type: ignore[no-untyped-def]
    reading = make_judged((None,) * 4, FLAGGED, exam=ANY_PE, verdict=Verdict.POSITIVE, name="u")
    figures = measure([reading, without])
    decided = figures["decisions"]
    assert (figures["n_positive"], figures["n_unknown"]) == (1, 0)
    assert decided["exam"]["confusion"] == {
        "true_positive": 1, "false_negative": 0, "false_positive": 1, "true_negative": 0,
    }  # fmt: skip
    assert decided["verdicts"]["with_pe"]["positive"] == 1
    assert decided["verdicts"]["without_pe"]["positive"] == 1
    assert decided["flags"]["false_per_study"] == 1.0  # of the one study that tells


def test_an_exam_that_nothing_is_known_of_counts_to_neither_side(make_judged, without) -> None:  # type: ignore[no-untyped-def]
    nothing = make_judged((None, 0, None, 0), FLAGGED, exam={}, verdict=Verdict.POSITIVE, name="u")
    figures = measure([nothing, without])
    decided = figures["decisions"]
    assert (figures["n_positive"], figures["n_unknown"]) == (0, 1)
    assert decided["exam"]["confusion"]["false_positive"] == 1
    assert decided["verdicts"]["without_pe"] == {"positive": 1, "negative": 0, "indeterminate": 0}
    assert sum(decided["verdicts"]["with_pe"].values()) == 0
    assert decided["flags"]["false_per_study"] == 0.5  # its flag reaches onto an unknown slice


def test_a_flag_in_an_exam_without_pe_is_false_on_unknown_slices_too(make_judged) -> None:  # type: ignore[no-untyped-def]
    negative = make_judged((None,) * 4, FLAGGED, exam={NEGATIVE: 1}, name="n")
    assert measure([negative])["decisions"]["flags"]["false_per_study"] == 1.0


def test_no_share_of_false_flags_is_told_where_no_slice_is(make_judged) -> None:  # type: ignore[no-untyped-def]
    reading = make_judged((None,) * 4, FLAGGED, exam=ANY_PE, traits={"kernel": "soft"})
    figures = measure([reading])
    assert figures["decisions"]["flags"]["false_per_study"] is None
    assert figures["strata"]["kernel"]["soft"]["false_flags_per_study"] is None


def test_sides_are_told_within_exams_with_pe_whose_slices_are_unknown(make_judged, without) -> None:  # type: ignore[no-untyped-def]
    def reading(name: str, right: int, score: float):  # type: ignore[no-untyped-def]
        return make_judged(
            (None,) * 4, FLAGGED, exam={**ANY_PE, RIGHT: right}, exam_scores={RIGHT: score},
            name=name,
        )  # fmt: skip

    figures = measure([reading("r", 1, 0.8), reading("o", 0, 0.2), without])
    assert figures["exam"][RIGHT]["auc_within_positive"] == 1.0


def test_a_comparison_says_which_exams_have_pe_and_of_which_it_is_unknown(
    make_judged,
    without,  # type: ignore[no-untyped-def]
) -> None:
    reading = make_judged((None,) * 4, FLAGGED, exam=ANY_PE, name="r")
    nothing = make_judged((None, 0, None, 0), FLAGGED, exam={}, name="u")
    judged = [reading, nothing, without]
    found = compare(judged, judged)
    told = {entry["study"]: entry["is_positive"] for entry in found.to_dict()["disagreements"]}
    assert told == {"r": True, "u": None, "n": False}
    page = comparison_page(found, a="a", b="b", cohort="c")
    assert all(f"| {row} |" in page for row in ("r | yes", "u | unknown", "n | no"))
