"""Faithfulness: a net whose map is its score passes, one whose map lies elsewhere does not."""

import math
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from pe_models.bundle import load_bundle
from pe_models.errors import DatasetError
from pe_models.evaluation.cohort_source import make_known
from pe_models.evaluation.faithfulness import (
    Probe,
    blur,
    faithfulness,
    moved_share,
    points_at,
    probes_of,
    randomised,
    rank_correlation,
)
from pe_models.phantom.fixed_cohort import FixedCohort
from pe_models.pipeline import Pipeline
from pe_models.pipeline.one_slice import OneSlice, OneSliceReader, ReadAgain

SIDE = 96


class Bright:
    """Its score is the brightest cell of the middle channel, its map those cells."""

    def read(self, x: Tensor) -> ReadAgain:
        cells = functional.avg_pool2d(x[:, 1:2], 4)[:, 0]
        return ReadAgain(cells.flatten(1).amax(dim=1).numpy(), cells.numpy())


@pytest.fixture
def own() -> OneSlice:
    return cast(OneSlice, Bright())


@pytest.fixture
def x() -> Tensor:
    """One bright spot of 8 px on noise."""
    x = 0.05 * torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    x[:, :, 40:48, 60:68] += 4.0
    return x


@pytest.fixture
def probe(own: OneSlice) -> Probe:
    """The spot is the clot."""
    clot = np.zeros((SIDE, SIDE), dtype=np.bool_)
    clot[40:48, 60:68] = True
    return Probe(own, own, clot, pixel_mm=0.75)


def test_blurring_what_a_true_map_shows_takes_the_score_away(own: OneSlice, x: Tensor) -> None:
    heat, soft = own.read(x).maps[0], blur(x)
    moved = np.roll(heat, (9, 9), (0, 1))
    assert moved_share(own, x, soft, heat) > 0.4
    assert moved_share(own, x, soft, moved) < 0.1
    assert moved_share(own, soft, x, heat) > 0.4
    assert moved_share(own, soft, x, moved) < 0.1


def test_nothing_moves_where_both_slices_score_alike(own: OneSlice, x: Tensor) -> None:
    assert moved_share(own, x, x, own.read(x).maps[0]) == 0.0


def test_a_map_points_at_a_clot_within_five_millimetres_of_it(probe: Probe, x: Tensor) -> None:
    heat = probe.own.read(x).maps[0]
    assert points_at(heat, probe)
    assert points_at(np.roll(heat, 1, axis=0), probe)  # one cell is 3 mm
    assert not points_at(np.roll(heat, 5, axis=0), probe)


def test_ranks_alone_make_the_correlation() -> None:
    a = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert rank_correlation(a, np.exp(a)) == pytest.approx(1.0)
    assert rank_correlation(a, -a) == pytest.approx(-1.0)
    assert rank_correlation(a, np.zeros_like(a)) == 0.0


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline(load_bundle("pe-phantom"), "cpu")


def test_a_randomised_net_has_the_same_form_and_other_weights(pipeline: Pipeline) -> None:
    reader = pipeline.one_slice_reader
    other = randomised(reader, seed=3)
    for net, strange in _nets(reader, other):
        weights, others = dict(net.named_parameters()), dict(strange.named_parameters())
        assert {n: p.shape for n, p in weights.items()} == {n: p.shape for n, p in others.items()}
        assert not all(torch.equal(weights[name], others[name]) for name in weights)


def test_probes_lie_on_the_clots_of_a_phantom(
    pipeline: Pipeline, small_cohort: FixedCohort
) -> None:
    study = make_known(next(s for s in small_cohort.studies if s.spec.is_positive))
    probes = list(probes_of(pipeline, study, pipeline.one_slice_reader))
    assert 1 <= len(probes) <= 4
    for probe in probes:
        grey = probe.own.x[0, 1].numpy()
        assert grey.shape == probe.clot.shape
        assert grey[probe.clot].mean() > grey.mean()  # blood and clot outshine lung


def test_all_figures_of_a_phantom_are_shares_or_correlations(
    pipeline: Pipeline, small_cohort: FixedCohort
) -> None:
    study = make_known(next(s for s in small_cohort.studies if s.spec.is_positive))
    told: list[int] = []
    found = faithfulness(
        pipeline, [study], n_studies=1, on_progress=lambda p: told.append(p.done)
    ).to_dict()
    assert found.pop("n_slices") >= 1
    assert told == [1]
    assert all(math.isfinite(v) and -1 <= v <= 1 for v in found.values())
    assert found["repeated"] > found["randomised"]


def test_studies_without_emboli_are_refused(pipeline: Pipeline) -> None:
    empty = cast(Any, SimpleNamespace(emboli=None))
    with pytest.raises(DatasetError, match="No study here has an embolus"):
        faithfulness(pipeline, [empty], n_studies=1)


def _nets(a: OneSliceReader, b: OneSliceReader) -> list[tuple[nn.Module, nn.Module]]:
    pairs: list[tuple[nn.Module, nn.Module]] = [(a.reader.net, b.reader.net)]
    if a.refiner is not None and b.refiner is not None:
        pairs.append((a.refiner.reader.net, b.refiner.reader.net))
    return pairs
