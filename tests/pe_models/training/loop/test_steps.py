"""The loop: as many steps as asked for, exact resume, and a stop that keeps what was good."""

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.testing import assert_close

from pe_models.errors import TrainingError
from pe_models.progress import CancelToken, Progress, ignore_progress
from pe_models.training.batches.parts import WHOLE, Part
from pe_models.training.batches.samplers import step_generator
from pe_models.training.config import StageConfig, preset
from pe_models.training.loop.checkpoint import load_checkpoint
from pe_models.training.loop.steps import train_stage
from pe_models.training.run import RunFolder, RunReporter, StopRequested

CONFIG = StageConfig(
    steps=12, batch_size=4, learning_rate=0.05, warmup_steps=2, checkpoint_every=5, ema_decay=0.5
)


class LineStage:
    """A line fitted to noisy points, with dropout, so that chance has its part."""

    name = "line"

    def __init__(self, *, broken_at: int = -1) -> None:
        torch.manual_seed(7)
        self.net: nn.Module = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.3), nn.Linear(8, 1))
        self.seen: list[int] = []
        self._broken_at = broken_at

    def loss(self, net: nn.Module, step: int, part: Part = WHOLE) -> Tensor:
        self.seen.append(step)
        x = torch.randn(4, 3, generator=step_generator(1, step))
        loss: Tensor = ((net(x) - x.sum(dim=1, keepdim=True)) ** 2).mean()
        return loss * float("nan") if step == self._broken_at else loss

    def measure(self, net: nn.Module) -> Mapping[str, float]:
        return {"bias": float(net[2].bias)}


class Harness:
    def __init__(self, folder: Path) -> None:
        self.run = RunFolder(folder)
        self.cancel = CancelToken()
        self.reporter = RunReporter(self.run, ignore_progress, self.cancel)
        self.reporter.begin(preset("tiny"))

    def train(
        self, stage: LineStage, config: StageConfig = CONFIG, *, resume: bool = False
    ) -> nn.Module:
        return train_stage(
            stage,
            config,
            fabric=Fabric(accelerator="cpu", devices=1),
            reporter=self.reporter,
            checkpoint_file=self.run.checkpoint_file("line"),
            seed=1,
            resume=resume,
        )

    def history(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.run.history_file.read_text().splitlines()]


def weights(net: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in net.parameters()])


def test_the_loop_takes_exactly_the_steps_asked_for(tmp_path: Path) -> None:
    stage, harness = LineStage(), Harness(tmp_path)
    harness.train(stage)
    assert stage.seen == list(range(12))
    checkpoint = load_checkpoint(harness.run.checkpoint_file("line"), "line")
    assert checkpoint.step == 12
    taken = {int(state["step"]) for state in checkpoint.optimizer["state"].values()}
    assert taken == {12}


def test_the_average_of_few_steps_is_their_mean(tmp_path: Path) -> None:
    seen: list[Tensor] = []

    class Watched(LineStage):
        def loss(self, net: nn.Module, step: int, part: Part = WHOLE) -> Tensor:
            if step:
                seen.append(weights(self.net).clone())
            return super().loss(net, step, part)

    stage = Watched()
    averaged = Harness(tmp_path).train(stage, replace(CONFIG, ema_decay=0.999))
    seen.append(weights(stage.net))
    assert_close(weights(averaged), torch.stack(seen).mean(dim=0), atol=1e-5, rtol=1e-4)


def test_every_step_is_in_the_history_and_the_last_one_is_measured(tmp_path: Path) -> None:
    harness = Harness(tmp_path)
    harness.train(LineStage())
    history = harness.history()
    assert [line["done"] for line in history] == list(range(1, 13))
    assert "bias" in history[-1]["metrics"]
    assert "bias" not in history[0]["metrics"]


def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = LineStage()
    whole_average = Harness(tmp_path / "whole").train(whole)
    halves = Harness(tmp_path / "halves")
    broken = LineStage(broken_at=8)
    with pytest.raises(TrainingError):
        halves.train(broken)
    second = LineStage()
    with torch.no_grad():
        second.net[0].weight.fill_(9.0)
    average = halves.train(second, resume=True)
    assert second.seen == list(range(5, 12))
    assert_close(weights(second.net), weights(whole.net), atol=0, rtol=0)
    assert_close(weights(average), weights(whole_average), atol=0, rtol=0)


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_checkpoint(tmp_path: Path) -> None:
    harness = Harness(tmp_path)
    with pytest.raises(TrainingError, match="stage line is no number at step 7"):
        harness.train(LineStage(broken_at=7))
    assert load_checkpoint(harness.run.checkpoint_file("line"), "line").step == 5


def test_a_gradient_that_is_no_number_never_reaches_the_weights(tmp_path: Path) -> None:
    """The loss is a number, its gradient is not: the root of 0."""

    class Kinked(LineStage):
        def loss(self, net: nn.Module, step: int, part: Part = WHOLE) -> Tensor:
            loss = super().loss(net, step, part)
            return loss + (loss - loss.detach()).sqrt() if step == 4 else loss

    harness = Harness(tmp_path)
    with pytest.raises(TrainingError, match="gradient of stage line is no number at step 4"):
        harness.train(Kinked(), replace(CONFIG, checkpoint_every=1))
    saved = load_checkpoint(harness.run.checkpoint_file("line"), "line")
    assert saved.step == 4
    assert all(bool(weight.isfinite().all()) for weight in saved.net.values())


def test_the_figures_of_a_resumed_run_are_one_table(tmp_path: Path) -> None:
    harness = Harness(tmp_path)
    harness.train(LineStage(), replace(CONFIG, steps=4))
    with harness.run.table_file.open("a") as file:
        file.write("2026-01-01,line,5")  # a kill cut this row short
    harness.reporter.begin()
    harness.train(LineStage(), replace(CONFIG, steps=6), resume=True)
    with harness.run.table_file.open(newline="") as file:
        rows = list(csv.DictReader(file))
    losses = [row for row in rows if row["figure"] == "loss"]
    assert [int(row["done"]) for row in losses] == [1, 2, 3, 4, 5, 6]
    assert [row["figure"] for row in rows].count("bias") == 2
    told = [line["metrics"]["loss"] for line in harness.history() if line["metrics"]]  # type: ignore[index,call-overload]
    assert [float(row["value"]) for row in losses] == told


def test_a_stop_file_ends_the_run_with_a_checkpoint_of_that_step(tmp_path: Path) -> None:
    harness = Harness(tmp_path)

    class Stopping(LineStage):
        def loss(self, net: nn.Module, step: int, part: Part = WHOLE) -> Tensor:
            if step == 6:
                harness.run.stop_file.touch()
            return super().loss(net, step, part)

    with pytest.raises(StopRequested):
        harness.train(Stopping())
    assert load_checkpoint(harness.run.checkpoint_file("line"), "line").step == 7


def test_a_paused_run_goes_on_when_the_file_is_gone(tmp_path: Path) -> None:
    harness = Harness(tmp_path)
    harness.run.pause_file.touch()
    states: list[str] = []

    class Watched(RunReporter):
        @property
        def is_to_stop(self) -> bool:
            states.append(json.loads(harness.run.state_file.read_text())["state"])
            harness.run.pause_file.unlink(missing_ok=True)
            return False

    harness.reporter = Watched(harness.run, ignore_progress, harness.cancel)
    stage = LineStage()
    harness.train(stage)
    assert states[0] == "paused"
    assert states[-1] == "running"
    assert len(stage.seen) == 12


def test_a_checkpoint_of_another_net_is_refused(tmp_path: Path) -> None:
    harness = Harness(tmp_path)
    harness.train(LineStage())
    other = LineStage()
    other.net = nn.Linear(3, 2)
    with pytest.raises(TrainingError, match="another architecture"):
        harness.train(other, replace(CONFIG, steps=20), resume=True)


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "line.pt"
    path.write_bytes(b"PK not really")
    with pytest.raises(TrainingError, match="cannot be read"):
        load_checkpoint(path, "line")


def test_a_checkpoint_is_never_unpickled(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (str(tmp_path / "owned"),)

    path = tmp_path / "line.pt"
    torch.save({"format": 1, "stage": "line", "net": Evil()}, path)
    with pytest.raises(TrainingError):
        load_checkpoint(path, "line")
    assert not (tmp_path / "owned").exists()


def test_progress_reaches_the_caller(tmp_path: Path) -> None:
    harness, seen = Harness(tmp_path), []
    harness.reporter = RunReporter(harness.run, seen.append, harness.cancel)
    harness.train(LineStage())
    assert seen[-1].stage == "line"
    assert (seen[-1].done, seen[-1].total) == (12, 12)
    assert isinstance(seen[0], Progress)
