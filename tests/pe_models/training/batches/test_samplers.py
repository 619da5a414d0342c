"""Which samples a step sees: balanced, complete, and the same in every process and run."""

import numpy as np

from pe_models.training.batches.samplers import StratifiedSampler, Stream, balanced_slices

NAN = float("nan")


def test_a_stream_shows_every_member_once_an_epoch() -> None:
    stream = Stream(np.arange(10, 17), seed=3)
    first, second = stream.take(0, 7).tolist(), stream.take(7, 7).tolist()
    assert sorted(first) == sorted(second) == list(range(10, 17))
    assert first != second


def test_a_stream_read_from_the_middle_is_the_same_stream() -> None:
    members = np.arange(5)
    whole = Stream(members, seed=3).take(0, 23)
    assert Stream(members, seed=3).take(9, 14).tolist() == whole[9:].tolist()


def test_batches_are_balanced_over_slices_and_kinds_of_exam() -> None:
    labels = np.array([1, 1, 0, 0, 0, 0, 0, 0, NAN], dtype=np.float32)
    of_positive_exam = np.array([1, 1, 1, 1, 0, 0, 0, 0, 1], dtype=bool)
    strata = balanced_slices(labels, of_positive_exam)
    sampler = StratifiedSampler(strata, batch_size=8, seed=1)
    for step in range(5):
        batch = sampler.batch(step)
        assert labels[batch].sum() == 4
        assert of_positive_exam[batch].sum() == 6
        assert 8 not in batch


def test_an_empty_stratum_gives_its_share_to_the_others() -> None:
    strata = [(0.5, np.array([7])), (0.5, np.array([], dtype=np.int64))]
    assert StratifiedSampler(strata, batch_size=3, seed=1).batch(0).tolist() == [7, 7, 7]
