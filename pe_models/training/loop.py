"""The training loop of one stage: reads straight down the page, on lightning-fabric."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from pe_models.errors import TrainingError
from pe_models.progress import Progress
from pe_models.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from pe_models.training.config import StageConfig
from pe_models.training.run import RunReporter, StopRequested
from pe_models.training.samplers import step_seed

_LEAST_RATE = 0.01
_BACKBONE = "backbone."
"""Names of a net's parameters that may come pretrained begin so."""


class Stage(Protocol):
    """What one stage gives the loop. ``loss`` is a function of the weights and the step alone."""

    name: str
    net: nn.Module

    def loss(self, net: nn.Module, step: int) -> Tensor:
        """Loss of step ``step``, a scalar."""

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
) -> nn.Module:
    """Trains ``stage`` for ``config.steps`` optimizer steps; returns the averaged net.

    With ``resume`` it goes on from its checkpoint, and ends with the same weights as a run that
    was never interrupted. Raises TrainingError where the loss is no number, and StopRequested
    after saving; the last good checkpoint stays.
    """
    net, optimizer = fabric.setup(stage.net, _optimizer(stage.net, config))
    averaged = AveragedModel(stage.net, multi_avg_fn=_ema(config.ema_decay), use_buffers=True)
    first = 0
    if resume and checkpoint_file.exists():
        first = _restore(load_checkpoint(checkpoint_file, stage.name), stage, averaged, optimizer)

    def save(step: int) -> None:
        save_checkpoint(checkpoint_file, _snapshot(stage, step, averaged, optimizer))

    figures: dict[str, float] = {}
    net.train()
    for step in range(first, config.steps):
        _heed(reporter, step, save)
        torch.manual_seed(step_seed(seed, step))
        _set_rate(optimizer, _rate(config, step))
        optimizer.zero_grad(set_to_none=True)
        loss = stage.loss(net, step)
        if not math.isfinite(float(loss.detach())):
            raise TrainingError(
                f"The loss of stage {stage.name} is no number at step {step}. The last checkpoint "
                "stays; go on with --resume and a lower learning rate."
            )
        fabric.backward(loss)
        fabric.clip_gradients(net, optimizer, max_norm=config.clip_norm, error_if_nonfinite=False)
        optimizer.step()
        averaged.update_parameters(stage.net)
        done = step + 1
        figures["loss"] = _smoothed(figures.get("loss"), float(loss.detach()))
        if done == config.steps or (config.measure_every and done % config.measure_every == 0):
            figures.update(_measured(stage, averaged))
        reporter.report(Progress(stage.name, done, config.steps, dict(figures)))
        if done == config.steps or done % config.checkpoint_every == 0:
            save(done)
    return averaged.module.eval()


def _ema(decay: float) -> Callable[..., None]:
    """A moving average; of all steps while they are few, so that the start does not linger."""

    def update(averaged: list[Tensor], current: list[Tensor], n_averaged: Tensor) -> None:
        keep = min(decay, 1.0 - 1.0 / (int(n_averaged) + 1))
        get_ema_multi_avg_fn(keep)(averaged, current, n_averaged)  # type: ignore[no-untyped-call]

    return update


def _optimizer(net: nn.Module, config: StageConfig) -> Optimizer:
    """AdamW; biases and norms are not decayed, a backbone learns at its share of the rate."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in net.named_parameters():
        if parameter.requires_grad:
            share = config.backbone_share if name.startswith(_BACKBONE) else 1.0
            decay = config.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((share, decay), []).append(parameter)
    return AdamW(
        [
            {"params": parameters, "weight_decay": decay, "share": share}
            for (share, decay), parameters in groups.items()
        ],
        lr=config.learning_rate,
    )


def _rate(config: StageConfig, step: int) -> float:
    """Linear warm-up, then a cosine down to 1 % of the rate."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    share = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
    cosine = 0.5 * (1.0 + math.cos(math.pi * share))
    return config.learning_rate * (_LEAST_RATE + (1.0 - _LEAST_RATE) * cosine)


def _set_rate(optimizer: Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate * group["share"]


def _heed(reporter: RunReporter, step: int, save: Callable[[int], None]) -> None:
    try:
        reporter.heed()
    except StopRequested:
        if step > 0:
            save(step)
        raise


def _measured(stage: Stage, averaged: AveragedModel) -> Mapping[str, float]:
    averaged.module.eval()
    with torch.inference_mode():
        figures = stage.measure(averaged.module)
    averaged.module.train()
    return figures


def _smoothed(before: float | None, value: float) -> float:
    return value if before is None else 0.95 * before + 0.05 * value


def _snapshot(stage: Stage, step: int, averaged: AveragedModel, optimizer: Optimizer) -> Checkpoint:
    return Checkpoint(
        stage.name, step, stage.net.state_dict(), averaged.state_dict(), optimizer.state_dict()
    )


def _restore(
    checkpoint: Checkpoint, stage: Stage, averaged: AveragedModel, optimizer: Optimizer
) -> int:
    try:
        stage.net.load_state_dict(checkpoint.net)
        averaged.load_state_dict(checkpoint.averaged)
        optimizer.load_state_dict(checkpoint.optimizer)
    except (RuntimeError, ValueError, KeyError) as error:
        raise TrainingError(
            f"The checkpoint of stage {stage.name} is of another architecture; train into a new "
            "folder, or without --resume."
        ) from error
    return checkpoint.step
