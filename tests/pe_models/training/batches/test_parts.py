"""A batch dealt into parts: every sample in one of them, all of one size."""

import pytest

from pe_models.errors import TrainingError
from pe_models.training.batches.parts import parts_of


def test_every_sample_falls_into_one_part() -> None:
    parts = [p for rank in (0, 1) for p in parts_of(rank, 2, accumulate=3, batch_size=12)]
    assert sorted(i for part in parts for i in part.of(range(12))) == list(range(12))
    assert {len(part.of(range(12))) for part in parts} == {2}


def test_a_batch_that_cannot_be_dealt_equally_is_refused() -> None:
    with pytest.raises(TrainingError, match="batch of 10 cannot be dealt into 4"):
        parts_of(0, 2, accumulate=2, batch_size=10)
