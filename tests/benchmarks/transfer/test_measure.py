"""measure: from scores to the figures and the table."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.transfer.measure import Measured, score_phantoms, summary, table
from benchmarks.transfer.protocol import Case, Unchanged
from benchmarks.transfer.scorers import Mark, Scores
from pe_models.imaging.volume import Volume
from pe_models.phantom.spec import EMBOLUS_LEVELS
from pe_models.training.preparing.phantom_store import ArrayCohort, write_phantom_store
from pe_models.training.store import Store, open_store
from pe_models.training.store.writing import StudyArrays, write_study


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two phantoms of four slices, the third of them with a clot."""
    write_phantom_store(tmp_path, ArrayCohort(n_studies=2, seed=7, matrix=64, n_slices=8))
    hu = np.full((4, 40, 50), -850, dtype=np.int16)
    hu[2, 10:14, 10:14] = 50
    for record in open_store(tmp_path).studies:
        four = replace(
            record, shape=hu.shape, image=(0, 0, 1, 0), sop_uids=record.sop_uids[:4], boxes={}
        )
        write_study(tmp_path, four, StudyArrays(hu))
    return open_store(tmp_path)


def brightest(volume: Volume, slice_indices: Sequence[int]) -> Scores:
    scores = [float(volume.hu[k].max()) for k in slice_indices]
    return Scores(tuple(slice_indices), np.asarray(scores), ())


def test_phantom_slices_are_parted_by_their_clots(store: Store) -> None:
    found = score_phantoms(brightest, store)
    assert found.positive.tolist() == [50.0, 50.0]
    assert found.negative.tolist() == [-850.0] * 6


def test_the_summary_is_json_and_the_table_has_a_line_for_each_level(store: Store) -> None:
    cases = tuple(
        Case("a", f"a-{i}", level, "central", np.array([0.9, 0.8]), np.array([0.2, 0.3]), 0.9)
        for i, level in enumerate(EMBOLUS_LEVELS)
    )
    marks = (Mark(0, 4.0, 5.0, 0.3),)
    empty = Scores((0, 1, 2), np.array([0.2, 0.3, 0.1]), marks)
    holds = np.array([[True, True, False]] * 4)
    measured = Measured(cases, (Unchanged("a", empty, holds),), score_phantoms(brightest, store))
    figures = summary(measured)
    assert json.loads(json.dumps(figures)) == figures
    assert figures["paired_auc"]["all"]["value"] == 1.0
    assert figures["unchanged_share_above"] == {"a": 0.0, "all": 0.0}
    assert figures["false_peaks"] == [
        {"series": "a", "slice_index": 0, "row": 4.0, "col": 5.0, "score": 0.3}
    ]
    text = table("some net", figures)
    assert all(level.value in text for level in EMBOLUS_LEVELS)
