"""The optimizer of a stage, and its rate at each step."""

import math
from typing import Final

from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from pe_models.training.config.stage import Method, Schedule, StageConfig

_LEAST_COSINE: Final = 0.01
_DECAY: Final = 0.8
_STAGES: Final = ((4 / 7, 1.0), (6 / 7, 0.1), (1.0, 0.02))
"""Up to which share of the steps, at which share of the rate."""
_BACKBONE: Final = "backbone."
"""Names of a net's parameters that may come pretrained begin so."""


def make_optimizer(net: nn.Module, config: StageConfig) -> Optimizer:
    """By the stage's method; biases and norms are not decayed, a backbone learns at its share."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in net.named_parameters():
        if parameter.requires_grad:
            share = config.backbone_share if name.startswith(_BACKBONE) else 1.0
            decay = config.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((share, decay), []).append(parameter)
    method: type[SGD | AdamW] = SGD if config.method is Method.SGD else AdamW
    return method(
        [
            {"params": parameters, "weight_decay": decay, "share": share}
            for (share, decay), parameters in groups.items()
        ],
        lr=config.learning_rate,
    )


def set_rate(optimizer: Optimizer, config: StageConfig, step: int) -> None:
    """The rate of ``step`` for each group."""
    rate = rate_at(config, step)
    for group in optimizer.param_groups:
        group["lr"] = rate * group["share"]


def rate_at(config: StageConfig, step: int) -> float:
    """Linear warm-up, then what the schedule says of the steps after it."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    progress = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
    return config.learning_rate * _share(config, progress)


def _share(config: StageConfig, progress: float) -> float:
    """Of the rate, at ``progress`` in [0, 1)."""
    if config.schedule is Schedule.CONSTANT:
        return 1.0
    if config.schedule is Schedule.LINEAR:
        return 1.0 - progress
    if config.schedule is Schedule.DECAY:
        return _DECAY ** math.floor(progress * (config.epochs or 1.0))
    if config.schedule is Schedule.STAGES:
        return next(share for until, share in _STAGES if progress < until)
    return _LEAST_COSINE + (1.0 - _LEAST_COSINE) * 0.5 * (1.0 + math.cos(math.pi * progress))
