"""A batch computed part by part gives the step of the whole batch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from pe_models.findings import Crop
from pe_models.training.batches.parts import Part
from pe_models.training.config import TrainConfig, preset, with_settings
from pe_models.training.loop.steps import Stage
from pe_models.training.stages.dense import SliceStudies, slice_stage
from pe_models.training.stages.localizer import LocalizerStage
from pe_models.training.stages.sequence import SequenceStage
from pe_models.training.store import Store
from pe_models.training.weights.nets import fresh_nets

CPU = torch.device("cpu")


def gradients(stage: Stage, parts: tuple[Part, ...]) -> Tensor:
    """Of a step computed in turns."""
    stage.net.eval().zero_grad()  # no dropout, no statistics of a batch
    for part in parts:
        (stage.loss(stage.net, 2, part) / len(parts)).backward()
    return torch.cat([p.grad.flatten() for p in stage.net.parameters() if p.grad is not None])


@contextmanager
def localizer(store: Store, config: TrainConfig, _: tuple[Part, ...]) -> Iterator[Stage]:
    net = fresh_nets(config).localizer
    yield LocalizerStage(net, store, train=store.studies, held_out=(), config=config, device=CPU)


@contextmanager
def slices(store: Store, config: TrainConfig, parts: tuple[Part, ...]) -> Iterator[Stage]:
    net = fresh_nets(config).slice_classifier
    crops = {study.key: Crop(4, 60, 2, 62) for study in store.studies}
    studies = SliceStudies(store, store.studies, (), crops)
    with slice_stage(net, studies, config, CPU, parts) as stage:
        yield stage


@contextmanager
def sequence(store: Store, config: TrainConfig, _: tuple[Part, ...]) -> Iterator[Stage]:
    nets, rng = fresh_nets(config), np.random.default_rng(5)
    size = nets.slice_classifier.embedding
    features = {
        s.key: rng.normal(size=(s.n_slices, size)).astype(np.float32) for s in store.studies
    }
    yield SequenceStage(
        nets.sequence, features, train=store.studies, held_out=(), held_out_features=features,
        config=config, device=CPU,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("make", "sequence_loss"),
    [(localizer, "metric"), (slices, "metric"), (sequence, "metric"), (sequence, "xu2020")],
)
def test_the_mean_gradient_of_the_parts_is_that_of_the_whole_batch(
    array_store: Store,
    dealt_settings: list[str],
    make: Callable[..., Iterator[Stage]],
    sequence_loss: str,
) -> None:
    config = with_settings(
        preset("tiny-pooled"), [*dealt_settings, f"sequence_loss={sequence_loss}"]
    )
    found = []
    for parts in ((Part(),), (Part(0, 2), Part(1, 2))):
        with make(array_store, config, parts) as stage:
            found.append(gradients(stage, parts))
    whole, dealt = found
    assert whole.abs().max() > 1e-3
    assert_close(dealt, whole, rtol=1e-4, atol=1e-6)
