"""The cache of training phantoms: by seed, resumable, never of a reserved seed."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.transfer.phantom_cache import (
    CLOT,
    cached,
    is_easy_seed,
    make_cached,
    read_cached,
    slab_of,
    training_spec,
)
from pe_models.phantom import FIRST_RESERVED_SEED
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.spec import Level


def test_a_reserved_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="reserved"):
        make_cached(tmp_path, FIRST_RESERVED_SEED, n_slices=8)
    assert not list(tmp_path.iterdir())


def test_easy_phantoms_have_central_and_lobar_clots_in_bright_arteries() -> None:
    easy = [training_spec(seed) for seed in range(40) if is_easy_seed(seed)]
    assert len(easy) == 10
    assert all(set(spec.levels) <= {Level.CENTRAL, Level.LOBAR} for spec in easy)
    assert all(spec.artery_hu is not None and spec.artery_hu > 300 for spec in easy)


def test_a_phantom_comes_back_as_it_was_made_and_is_made_once(tmp_path: Path) -> None:
    path = make_cached(tmp_path, 2, n_slices=12)
    assert path is not None
    made_at = path.stat().st_mtime_ns
    assert make_cached(tmp_path, 2, n_slices=12) == path
    assert path.stat().st_mtime_ns == made_at
    phantom = read_cached(path)
    assert phantom.seed == 2
    assert phantom.hu.shape == phantom.label.shape == (12, 512, 512)
    assert {0, 1, 2} <= set(np.unique(phantom.label)) <= {0, 1, 2, CLOT}
    assert phantom.lookalikes.shape == (len(phantom.lookalike_kinds), 3)
    assert ((phantom.lookalikes[:, 0] >= 0) & (phantom.lookalikes[:, 0] < 12)).all()
    assert list(cached(tmp_path)) == [path]


def test_an_unfinished_file_is_no_phantom(tmp_path: Path) -> None:
    folder = make_cached(tmp_path, 2, n_slices=12)
    assert folder is not None
    (folder.parent / "000003.part").write_bytes(b"half")
    assert len(list(cached(tmp_path))) == 1


def test_half_the_slabs_lie_at_a_clot() -> None:
    at_clot = 0
    for seed in range(1, 9):
        sampler = PhantomSampler.plan(seed, training_spec(seed))
        first, end = slab_of(sampler, 8).slices
        assert 0 <= first < end <= sampler.geometry.n_slices
        assert end - first == 8
        at_clot += any(abs(c - (first + end - 1) / 2) <= 1 for c in sampler.clot_centres()[:, 0])
    assert 2 <= at_clot <= 7
