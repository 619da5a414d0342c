"""Early stopping: the best weights are kept, also over a resume; and how the rate falls."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.testing import assert_close

from pe_models.errors import TrainingError
from pe_models.progress import CancelToken, ignore_progress
from pe_models.training.batches.parts import WHOLE, Part
from pe_models.training.config import StageConfig, preset
from pe_models.training.loop.checkpoint import load_checkpoint
from pe_models.training.loop.kept_weights import HELD_OUT_LOSS
from pe_models.training.loop.steps import train_stage
from pe_models.training.run import RunFolder, RunReporter

LOSSES = {2: 0.9, 4: 0.5, 6: 0.7, 8: 0.6, 10: 0.1}
"""Held-out loss after so many steps: with a patience of 2 the weights after step 4 are kept."""

CONFIG = StageConfig(
    steps=12, batch_size=1, learning_rate=0.1, warmup_steps=0, measure_every=2, checkpoint_every=2,
    average_last=1, patience=2,
)  # fmt: skip


class Measured:
    """One weight that only falls; what it scores when is given."""

    name = "line"

    def __init__(self, *, broken_at: int = -1) -> None:
        self.net: nn.Module = nn.Linear(1, 1, bias=False)
        with torch.no_grad():
            self.net.weight.fill_(5.0)
        self.weights: dict[int, float] = {}
        self._done, self._broken_at = 0, broken_at

    def loss(self, net: nn.Module, step: int, part: Part = WHOLE) -> Tensor:
        self.weights[step] = self.net.weight.item()
        self._done = step + 1
        loss: Tensor = net(torch.ones(1, 1)).sum()
        return loss * float("nan") if step == self._broken_at else loss

    def measure(self, net: nn.Module) -> Mapping[str, float]:
        return {HELD_OUT_LOSS: LOSSES.get(self._done, 0.0)}


def train(stage: Measured, folder: Path, config: StageConfig, *, resume: bool = False) -> nn.Module:
    run = RunFolder(folder)
    reporter = RunReporter(run, ignore_progress, CancelToken())
    reporter.begin(preset("tiny"))
    return train_stage(
        stage, config, fabric=Fabric(accelerator="cpu", devices=1), reporter=reporter,
        checkpoint_file=run.checkpoint_file("line"), seed=1, resume=resume,
    )  # fmt: skip


def test_a_stage_ends_when_the_held_out_loss_rose_twice_and_keeps_the_best(tmp_path: Path) -> None:
    stage = Measured()
    net = train(stage, tmp_path, CONFIG)
    assert max(stage.weights) == 7
    best = stage.weights[4]  # before step 4, counted from 0: after four steps
    assert net.weight.item() == pytest.approx(best)
    saved = load_checkpoint(RunFolder(tmp_path).checkpoint_file("line"), "line")
    assert saved.kept_weights["weight"].item() == pytest.approx(best)


def test_a_resumed_stage_remembers_what_was_best(tmp_path: Path) -> None:
    with pytest.raises(TrainingError):
        train(Measured(broken_at=6), tmp_path, CONFIG)
    resumed = Measured()
    net = train(resumed, tmp_path, CONFIG, resume=True)
    whole = train(Measured(), tmp_path / "whole", CONFIG)
    assert sorted(resumed.weights) == [6, 7]
    assert_close(net.weight, whole.weight, atol=0, rtol=0)


def test_without_patience_every_step_is_taken_and_the_last_weights_stay(tmp_path: Path) -> None:
    stage = Measured()
    net = train(stage, tmp_path, replace(CONFIG, patience=0))
    assert max(stage.weights) == 11
    assert net.weight.item() == pytest.approx(stage.net.weight.item())
