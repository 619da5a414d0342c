"""measure: from scores to the figures and the table."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.transfer.measure import Measured, as_volume, score_phantoms, summary, table
from benchmarks.transfer.phantom_cache import CLOT, read_cached
from benchmarks.transfer.protocol import Case, Unchanged
from benchmarks.transfer.scorers import Mark, Scores
from pe_models.imaging.volume import Volume
from pe_models.phantom.spec import EMBOLUS_LEVELS


@pytest.fixture
def phantom_path(tmp_path: Path) -> Path:
    label = np.zeros((4, 40, 50), dtype=np.uint8)
    label[2, 10:14, 10:14] = CLOT
    hu = np.where(label == CLOT, 50, -850).astype(np.int16)
    path = tmp_path / "000010.npz"
    np.savez(
        path,
        hu=hu,
        label=label,
        lookalikes=np.zeros((0, 3), int),
        lookalike_kinds=np.zeros(0, "U4"),
        pixel_mm=0.7,
        seed=10,
    )
    return path


def brightest(volume: Volume, slice_indices: Sequence[int]) -> Scores:
    scores = [float(volume.hu[k].max()) for k in slice_indices]
    return Scores(tuple(slice_indices), np.asarray(scores), ())


def test_a_cached_phantom_is_a_volume_of_its_spacing(phantom_path: Path) -> None:
    volume = as_volume(read_cached(phantom_path))
    assert volume.geometry.spacing_mm == (2.5, 0.7, 0.7)
    assert volume.origin.slices[3].position_mm == 7.5


def test_phantom_slices_are_parted_by_their_clots(phantom_path: Path) -> None:
    found = score_phantoms(brightest, [phantom_path, phantom_path])
    assert found.positive.tolist() == [50.0, 50.0]
    assert found.negative.tolist() == [-850.0] * 6


def test_the_summary_is_json_and_the_table_has_a_line_for_each_level(phantom_path: Path) -> None:
    cases = tuple(
        Case("a", f"a-{i}", level, "central", np.array([0.9, 0.8]), np.array([0.2, 0.3]), 0.9)
        for i, level in enumerate(EMBOLUS_LEVELS)
    )
    marks = (Mark(0, 4.0, 5.0, 0.3),)
    empty = Scores((0, 1, 2), np.array([0.2, 0.3, 0.1]), marks)
    holds = np.array([[True, True, False]] * 4)
    measured = Measured(
        cases, (Unchanged("a", empty, holds),), score_phantoms(brightest, [phantom_path])
    )
    figures = summary(measured)
    assert json.loads(json.dumps(figures)) == figures
    assert figures["paired_auc"]["all"]["value"] == 1.0
    assert figures["unchanged_share_above"] == {"a": 0.0, "all": 0.0}
    assert figures["false_peaks"] == [
        {"series": "a", "slice_index": 0, "row": 4.0, "col": 5.0, "score": 0.3}
    ]
    text = table("some net", figures)
    assert all(level.value in text for level in EMBOLUS_LEVELS)
