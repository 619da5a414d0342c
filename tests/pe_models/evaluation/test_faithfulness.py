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
from pe_models.nets.load import SliceNet
from pe_models.nets.slice_output import SliceOutput
from pe_models.phantom.fixed_cohort import FixedCohort
from pe_models.pipeline import Pipeline

SIDE = 96


class Bright(nn.Module):
    """Its score is the brightest cell of the middle channel, its map those cells."""

    def forward(self, x: Tensor) -> SliceOutput:
        return self.read(*self.encode(x))

    def encode(self, x: Tensor) -> tuple[Tensor]:
        return (x,)

    def read(self, x: Tensor) -> SliceOutput:
        cells = functional.avg_pool2d(x[:, 1:2], 4)[:, 0]
        logit = cells.flatten(1).max(dim=1).values
        return SliceOutput(logit, x[:, 0, :2, 0], cells, None)


@pytest.fixture
def net() -> SliceNet:
    return cast(SliceNet, Bright())


@pytest.fixture
def probe() -> Probe:
    """One bright spot of 8 px on noise; it is the clot."""
    x = 0.05 * torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    x[:, :, 40:48, 60:68] += 4.0
    clot = np.zeros((SIDE, SIDE), dtype=np.bool_)
    clot[40:48, 60:68] = True
    return Probe(x, clot, pixel_mm=0.75)


def heat_of(net: SliceNet, x: Tensor) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.asarray(net(x).activation[0].numpy(), dtype=np.float32)


def test_blurring_what_a_true_map_shows_takes_the_score_away(net: SliceNet, probe: Probe) -> None:
    heat, soft = heat_of(net, probe.x), blur(probe.x)
    moved = np.roll(heat, (9, 9), (0, 1))
    assert moved_share(net, probe.x, soft, heat) > 0.4
    assert moved_share(net, probe.x, soft, moved) < 0.1
    assert moved_share(net, soft, probe.x, heat) > 0.4
    assert moved_share(net, soft, probe.x, moved) < 0.1


def test_nothing_moves_where_both_slices_score_alike(net: SliceNet, probe: Probe) -> None:
    assert moved_share(net, probe.x, probe.x, heat_of(net, probe.x)) == 0.0


def test_a_map_points_at_a_clot_within_five_millimetres_of_it(net: SliceNet, probe: Probe) -> None:
    heat = heat_of(net, probe.x)
    assert points_at(heat, probe)
    assert points_at(np.roll(heat, 1, axis=0), probe)  # one cell is 3 mm
    assert not points_at(np.roll(heat, 5, axis=0), probe)


def test_ranks_alone_make_the_correlation() -> None:
    a = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert rank_correlation(a, np.exp(a)) == pytest.approx(1.0)
    assert rank_correlation(a, -a) == pytest.approx(-1.0)
    assert rank_correlation(a, np.zeros_like(a)) == 0.0


def test_a_randomised_net_has_the_same_form_and_other_weights() -> None:
    bundle = load_bundle("pe-phantom")
    net = Pipeline(bundle, "cpu").slice_net
    other = randomised(net, seed=3)
    assert {n: p.shape for n, p in net.named_parameters()} == {
        n: p.shape for n, p in other.named_parameters()
    }
    weights, others = dict(net.named_parameters()), dict(other.named_parameters())
    assert not all(torch.equal(weights[name], others[name]) for name in weights)


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline(load_bundle("pe-phantom"), "cpu")


def test_probes_lie_on_the_clots_of_a_phantom(
    pipeline: Pipeline, small_cohort: FixedCohort
) -> None:
    study = make_known(next(s for s in small_cohort.studies if s.spec.is_positive))
    probes = list(probes_of(pipeline, study))
    assert 1 <= len(probes) <= 4
    for probe in probes:
        assert probe.x.shape[2:] == probe.clot.shape
        inside = probe.x[0, 1].numpy()[probe.clot]
        assert inside.mean() > probe.x[0, 1].numpy().mean()  # blood and clot outshine lung


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
