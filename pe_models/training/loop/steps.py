"""The training loop of one stage: reads straight down the page, on lightning-fabric."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, cast

import torch
from lightning_fabric import Fabric
from lightning_fabric.wrappers import _FabricModule
from torch import Tensor, nn
from torch.optim import Optimizer

from pe_models.errors import TrainingError
from pe_models.progress import Progress
from pe_models.training.batches.parts import Part, parts_of
from pe_models.training.batches.samplers import step_seed
from pe_models.training.config.stage import StageConfig
from pe_models.training.loop.averaging import Averaged
from pe_models.training.loop.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from pe_models.training.loop.kept_weights import KeptWeights
from pe_models.training.loop.optimizing import make_optimizer, set_rate
from pe_models.training.loop.ranks import from_first, heed_together, together
from pe_models.training.run import RunReporter, StopRequested


class Stage(Protocol):
    """What one stage gives the loop. ``loss`` is a function of weights, step and part alone."""

    name: str
    net: nn.Module

    def loss(self, net: nn.Module, step: int, part: Part) -> Tensor:
        """Loss of one part of step ``step``, a scalar; the step's is the mean of its parts'."""

    def measure(self, net: nn.Module) -> Mapping[str, float]:
        """Figures on held-out data; ``net`` is in inference mode."""


def train_stage(
    stage: Stage,
    config: StageConfig,
    *,
    fabric: Fabric,
    reporter: RunReporter,
    checkpoint_file: Path,
    seed: int,
    resume: bool,
    is_compiled: bool = False,
) -> nn.Module:
    """Trains ``stage`` for ``config.steps`` optimizer steps; returns the net that is kept.

    That is the averaged one, or with ``patience`` the best of those measured. With ``resume`` it
    goes on from its checkpoint, and ends with the same weights as a run that was never interrupted.
    Raises TrainingError where the loss is no number, and StopRequested after saving; the last good
    checkpoint stays.
    """
    parts = own_parts(fabric, config)
    module = cast(nn.Module, torch.compile(stage.net)) if is_compiled else stage.net
    net, optimizer = fabric.setup(module, make_optimizer(stage.net, config))
    averaged, kept = Averaged(stage.net, config), KeptWeights(config.patience)
    first = 0
    if resume and checkpoint_file.exists():
        checkpoint = load_checkpoint(checkpoint_file, stage.name)
        kept = KeptWeights.of(config.patience, checkpoint.kept)
        first = _restore(checkpoint, stage, averaged, optimizer)

    def save(step: int) -> None:
        if fabric.is_global_zero:
            save_checkpoint(checkpoint_file, _snapshot(stage, step, averaged, optimizer, kept))

    figures: dict[str, float] = {}
    net.train()
    for step in range(config.steps if kept.is_over else first, config.steps):
        _heed(fabric, reporter, step, save)
        set_rate(optimizer, config, step)
        optimizer.zero_grad(set_to_none=True)
        loss = _backward(stage, net, step, parts, fabric=fabric, seed=seed)
        _require_number("loss", loss, stage.name, step)
        _require_number("gradient", _clip(fabric, net, optimizer, config), stage.name, step)
        optimizer.step()
        done = step + 1
        averaged.update(done)
        figures["loss"] = _smoothed(figures.get("loss"), loss)
        if done == config.steps or (config.measure_every and done % config.measure_every == 0):
            figures.update(_measured(fabric, stage, averaged.net))
            kept.hear(figures, done, averaged.net)
        reporter.report(Progress(stage.name, done, config.steps, dict(figures)))
        if done == config.steps or done % config.checkpoint_every == 0 or kept.is_over:
            save(done)
        if kept.is_over:
            break
    fabric.barrier()
    kept.put_into(averaged.net)
    return averaged.net.eval()


def own_parts(fabric: Fabric, config: StageConfig) -> tuple[Part, ...]:
    """The parts of each batch that this process computes. Raises TrainingError."""
    return parts_of(
        fabric.global_rank,
        fabric.world_size,
        accumulate=config.accumulate,
        batch_size=config.batch_size,
    )


def _backward(
    stage: Stage, net: _FabricModule, step: int, parts: Sequence[Part], *, fabric: Fabric, seed: int
) -> float:
    """Gradients of one step; its loss, the mean over the parts of all processes."""
    total = 0.0
    for part in parts:
        torch.manual_seed(step_seed(seed, step) + part.index)
        with fabric.no_backward_sync(net, enabled=part is not parts[-1]):
            loss = stage.loss(net, step, part)
            fabric.backward(loss / len(parts))
        total += float(loss.detach()) / len(parts)
    return together(fabric, total / fabric.world_size)


def _clip(fabric: Fabric, net: _FabricModule, optimizer: Optimizer, config: StageConfig) -> float:
    """The norm of the gradients before they were clipped to ``clip_norm``, where that is not 0."""
    norm = fabric.clip_gradients(
        net, optimizer, max_norm=config.clip_norm or math.inf, error_if_nonfinite=False
    )
    return 0.0 if norm is None else float(norm)


def _require_number(what: str, value: float, stage: str, step: int) -> None:
    """Before the weights are touched, so that no checkpoint ever holds what is no number."""
    if not math.isfinite(value):
        raise TrainingError(
            f"The {what} of stage {stage} is no number at step {step}. The last checkpoint stays; "
            "go on with --resume and a lower learning rate."
        )


def _heed(fabric: Fabric, reporter: RunReporter, step: int, save: Callable[[int], None]) -> None:
    try:
        heed_together(fabric, reporter)
    except StopRequested:
        if step > 0:
            save(step)
        raise


def _measured(fabric: Fabric, stage: Stage, net: nn.Module) -> Mapping[str, float]:
    """Measured by the first process, known to all."""
    figures: Mapping[str, float] = {}
    if fabric.is_global_zero:
        net.eval()
        with torch.inference_mode():
            figures = stage.measure(net)
        net.train()
    return from_first(fabric, figures)


def _smoothed(before: float | None, value: float) -> float:
    return value if before is None else 0.95 * before + 0.05 * value


def _snapshot(
    stage: Stage, step: int, averaged: Averaged, optimizer: Optimizer, kept: KeptWeights
) -> Checkpoint:
    return Checkpoint(
        stage.name,
        step,
        stage.net.state_dict(),
        averaged.model.state_dict(),
        optimizer.state_dict(),
        kept.to_record(),
    )


def _restore(checkpoint: Checkpoint, stage: Stage, averaged: Averaged, optimizer: Optimizer) -> int:
    try:
        stage.net.load_state_dict(checkpoint.net)
        averaged.model.load_state_dict(checkpoint.averaged)
        optimizer.load_state_dict(checkpoint.optimizer)
    except (RuntimeError, ValueError, KeyError) as error:
        raise TrainingError(
            f"The checkpoint of stage {stage.name} is of another architecture; train into a new "
            "folder, or without --resume."
        ) from error
    return checkpoint.step
