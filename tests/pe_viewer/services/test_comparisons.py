"""What a retraining left of its comparison, as the window draws it."""

import json
from pathlib import Path

import pytest

from pe_models.evaluation.gate import StudySet
from pe_models.retraining.folder import RetrainFolder
from pe_viewer.display.comparison_texts import study_cells
from pe_viewer.display.track import TrackPair
from pe_viewer.services.comparisons import comparisons_of
from pe_viewer.training_state import ComparedStudy, FigureView, Interval

COMPARISON = {
    "a": {"name": "old", "version": "1"},
    "b": {"name": "new", "version": "2"},
    "n_studies": 3,
    "figures": {
        "image_auc": {
            "a": {"value": 0.8, "interval": [0.7, 0.9]},
            "b": {"value": 0.9, "interval": [0.85, 0.95]},
            "b_minus_a": {"value": 0.1, "interval": [0.02, 0.2]},
            "favours": "b",
        }
    },
    "disagreements": [
        {
            "study": "k1",
            "is_positive": True,
            "exam_pe_score": {"a": 0.2, "b": 0.9},
            "slice_index": 1,
            "slice_gap": 0.6,
        }
    ],
}
CURVES = {
    "froc": {"a": None, "b": {"false_marks": [0.0, 1.0], "found": [0.5, 0.75], "n_emboli": 4}},
    "reliability": {
        "a": {"mean_score": [0.1], "positive_share": [0.2], "n": [9]},
        "b": {"mean_score": [0.3], "positive_share": [0.4], "n": [9]},
    },
    "tracks": {"k1": {"truth": [0, 1, None], "a": [0.1, 0.2, 0.3], "b": [0.1, 0.8, 0.3]}},
}


@pytest.fixture
def run(tmp_path: Path) -> RetrainFolder:
    run = RetrainFolder(tmp_path / "retrained-1")
    folder = run.comparison / "held-out"
    folder.mkdir(parents=True)
    (folder / "comparison.json").write_text(json.dumps(COMPARISON))
    (folder / "curves.json").write_text(json.dumps(CURVES))
    return run


def test_figures_curves_and_tracks_are_read(run: RetrainFolder) -> None:
    found = comparisons_of(run)
    assert set(found) == {StudySet.HELD_OUT}
    view = found[StudySet.HELD_OUT]
    assert (view.in_use, view.candidate, view.n_studies) == ("old 1", "new 2", 3)
    assert view.figures["image_auc"] == FigureView(
        Interval(0.8, 0.7, 0.9), Interval(0.9, 0.85, 0.95), Interval(0.1, 0.02, 0.2), True
    )
    assert view.found == (None, ((0.0, 1.0), (0.5, 0.75)))
    assert view.reliability == (((0.1,), (0.2,)), ((0.3,), (0.4,)))
    tracks = TrackPair("old 1", "new 2", (0.1, 0.2, 0.3), (0.1, 0.8, 0.3))
    assert view.studies == (ComparedStudy("k1", True, 0.2, 0.9, 1, (0, 1, None), tracks),)
    assert view.faithfulness == (None, None)


def test_a_study_of_which_pe_is_unknown_is_shown_so(run: RetrainFolder) -> None:
    (known,) = COMPARISON["disagreements"]
    record = {**COMPARISON, "disagreements": [{**known, "is_positive": None}]}
    (run.comparison / "held-out" / "comparison.json").write_text(json.dumps(record))
    (study,) = comparisons_of(run)[StudySet.HELD_OUT].studies
    assert study.has_pe is None
    assert study_cells("k1", 0.2, 0.9, has_pe=study.has_pe) == ("k1", "unknown", "0.20", "0.90")


def test_faithfulness_comes_with_the_set_that_it_was_measured_on(run: RetrainFolder) -> None:
    figures = {"a": {"pointing": 0.5}, "b": None}
    (run.comparison / "held-out" / "faithfulness.json").write_text(json.dumps(figures))
    assert comparisons_of(run)[StudySet.HELD_OUT].faithfulness == ({"pointing": 0.5}, None)


def test_a_comparison_of_before_has_no_curves_but_its_figures(run: RetrainFolder) -> None:
    (run.comparison / "held-out" / "curves.json").unlink()
    view = comparisons_of(run)[StudySet.HELD_OUT]
    assert view.found == (None, None)
    assert view.studies[0].tracks is None
    assert "image_auc" in view.figures


def test_a_spoilt_file_leaves_its_set_out(run: RetrainFolder) -> None:
    (run.comparison / "held-out" / "comparison.json").write_text('{"a": 1')
    assert comparisons_of(run) == {}
