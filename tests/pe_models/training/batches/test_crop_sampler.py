"""Which crops a step of dense training sees."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from pe_models.errors import DatasetError
from pe_models.training.batches.crop_sampler import CropSampler
from pe_models.training.config import TrainConfig, preset
from pe_models.training.store import Store, StudyRecord
from pe_models.training.store.places import PlaceKind
from pe_models.training.store.tissue_labels import TissueLabel

CONFIG = preset("tiny")


def sampler(cut_store: Store, config: TrainConfig = CONFIG, *, seed: int = 1) -> CropSampler:
    return CropSampler(
        [(cut_store, cut_store.studies)],
        config=config.crops,
        params=config.preprocessing,
        seed=seed,
    )


def without_labels(study: StudyRecord) -> StudyRecord:
    return replace(study, labels_sha256=None)


def test_crops_are_a_function_of_seed_step_and_index(cut_store: Store) -> None:
    one, two = sampler(cut_store), sampler(cut_store)
    assert torch.equal(one.batch(7, 4).x, two.batch(7, 4).x)
    assert torch.equal(one.batch(7, 4).labels[:2], one.batch(7, 2).labels)
    assert not torch.equal(one.batch(7, 4).x, one.batch(8, 4).x)
    assert not torch.equal(one.batch(7, 4).x, sampler(cut_store, seed=2).batch(7, 4).x)
    assert one.batch(1, 2).x.amin() >= -1
    assert one.batch(1, 2).x.amax() <= 1


def test_a_share_of_crops_lies_at_clots(cut_store: Store) -> None:
    """0.3 at clots and more by chance elsewhere; without, only what chance gives."""
    shares = []
    for at_clots in (0.3, 0.0):
        crops = replace(CONFIG.crops, at_clots=at_clots, shift_px=0.0, px=32)
        labels = sampler(cut_store, replace(CONFIG, crops=crops)).batch(0, 300).labels
        middle = labels[:, 12:20, 12:20] == TissueLabel.CLOT
        shares.append(middle.flatten(1).any(dim=1).float().mean().item())
    assert 0.25 < shares[0] < 0.65
    assert shares[1] < 0.6 * shares[0]


def test_every_kind_of_lookalike_is_seen_as_often(cut_store: Store) -> None:
    crops = replace(CONFIG.crops, at_clots=0.0, at_arteries=0.0, at_lookalikes=1.0)
    chosen = sampler(cut_store, replace(CONFIG, crops=crops))
    kinds = sorted({look.kind for study in cut_store.studies for look in study.lookalikes})
    seen = [chosen._drawn(np.random.default_rng(i)) for i in range(400)]
    by_kind = [[spots in kind for spots in seen].count(True) for kind in chosen._lookalikes]
    assert len(by_kind) == len(kinds)
    expected = 400 / len(kinds)  # binomial: four standard deviations
    assert all(abs(n - expected) < 4 * expected**0.5 for n in by_kind)


def test_crops_of_a_store_without_labels_are_refused(cut_store: Store) -> None:
    plain = [without_labels(study) for study in cut_store.studies]
    with pytest.raises(DatasetError, match="what its voxels are"):
        CropSampler([(cut_store, plain)], config=CONFIG.crops, params=CONFIG.preprocessing, seed=1)


def test_a_share_of_crops_lies_at_mistakes_of_any_store(
    cut_store: Store, array_store: Store
) -> None:
    study = array_store.studies[0]
    place = np.array([[3, 20, 30]])
    crops = replace(CONFIG.crops, at_arteries=0.1, at_mistakes=0.4)
    chosen = CropSampler(
        [(cut_store, cut_store.studies), (array_store, array_store.studies)],
        config=crops,
        params=CONFIG.preprocessing,
        seed=1,
        mistakes={study.key: place},
    )
    drawn = [chosen._drawn(np.random.default_rng(i)) for i in range(600)]
    at_mistakes = [spots for spots in drawn if spots.places is place]
    assert 0.32 < len(at_mistakes) / len(drawn) < 0.48
    assert {spots.study for spots in at_mistakes} == {len(cut_store.studies)}
    of_others = {spots.study for spots in drawn if spots.places is not place}
    assert of_others == set(range(len(cut_store.studies) + len(array_store.studies)))


def test_without_mistakes_their_share_lies_anywhere(cut_store: Store) -> None:
    crops = replace(CONFIG.crops, at_clots=0.0, at_arteries=0.0, at_lookalikes=0.0, at_mistakes=1.0)
    chosen = sampler(cut_store, replace(CONFIG, crops=crops))
    drawn = chosen._drawn(np.random.default_rng(0))
    assert any(drawn is spots for spots in chosen._spots[PlaceKind.BODY])


def test_shares_of_more_than_all_crops_are_refused() -> None:
    with pytest.raises(ValueError, match="over 1 together"):
        replace(CONFIG.crops, at_mistakes=0.5)
