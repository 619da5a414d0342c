"""The gallery's states of a phantom without emboli: nothing is flagged, and there is a report."""

from pathlib import Path

import pytest

from benchmarks.gallery.states import positive_states, states, subject_of
from pe_models.findings import Verdict
from pe_models.phantom.cohort import write_cohort
from pe_viewer.review import DecisionState


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cohort")
    return write_cohort(out, n_studies=1, seed=40, positive_fraction=0.0, matrix=64, n_slices=16)


def test_every_state_of_the_window_can_be_made(cohort: Path) -> None:
    made = states(subject_of(cohort / "train", cohort / "truth"))
    assert {"nothing-open", "loading", "measured", "library", "several-series"} <= set(made)


def test_a_report_of_a_phantom_without_emboli_is_signed_with_the_readers_own_finding(
    cohort: Path,
) -> None:
    subject = subject_of(cohort / "train", cohort / "truth")
    analysed = subject.analysed(Verdict.NEGATIVE)
    assert analysed.flags == ()
    made = positive_states(analysed)
    assert set(made) == {"report", "report-signed"}
    signed = made["report-signed"].review
    assert signed.sign_off is not None
    assert [decision.state for decision in signed.decisions] == [DecisionState.ADDED]
