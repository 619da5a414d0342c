"""KeptWeights: the averaged weights with the lowest held-out loss, and when to give up on lower."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from torch import Tensor, nn

HELD_OUT_LOSS: Final = "held_out_loss"
"""The figure that a stage measures itself by."""


@dataclass(slots=True, eq=False)
class KeptWeights:
    """What early stopping remembers. With a ``patience`` of 0 it keeps nothing, ever."""

    patience: int
    loss: float = math.inf
    step: int = 0
    n_worse: int = 0
    weights: Mapping[str, Tensor] | None = None

    @property
    def is_over(self) -> bool:
        return 0 < self.patience <= self.n_worse

    def hear(self, figures: Mapping[str, float], step: int, net: nn.Module) -> None:
        """Takes in what was measured of ``net`` after ``step`` steps."""
        if not self.patience or HELD_OUT_LOSS not in figures:
            return
        if figures[HELD_OUT_LOSS] < self.loss:
            self.loss, self.step, self.n_worse = figures[HELD_OUT_LOSS], step, 0
            self.weights = {name: w.detach().clone() for name, w in net.state_dict().items()}
        else:
            self.n_worse += 1

    def put_into(self, net: nn.Module) -> None:
        """The best weights, where any were kept."""
        if self.weights is not None:
            net.load_state_dict(dict(self.weights))

    def to_record(self) -> dict[str, Any] | None:
        """For a checkpoint; None where nothing was kept."""
        if self.weights is None:
            return None
        return {
            "loss": self.loss, "step": self.step, "n_worse": self.n_worse,
            "weights": dict(self.weights),
        }  # fmt: skip

    @classmethod
    def of(cls, patience: int, record: Mapping[str, Any] | None) -> Self:
        return cls(patience, **(record or {}))
