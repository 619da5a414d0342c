"""Checkpoints of one stage: weights, their average, the optimizer and the step; never pickled.

``torch.load`` is used here alone, with ``weights_only=True``.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from pe_models.errors import TrainingError
from pe_models.training.files import write_whole

FORMAT: Final = 1

_PREFIX: Final = "module."
"""Before the names of averaged weights."""


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """State after ``step`` optimizer steps of ``stage``; ``kept_weights`` is what is used.

    ``kept`` is what early stopping remembers, None where there is none.
    """

    stage: str
    step: int
    net: dict[str, Tensor]
    averaged: dict[str, Tensor]
    optimizer: dict[str, Any]
    kept: dict[str, Any] | None = None

    @property
    def kept_weights(self) -> dict[str, Tensor]:
        """The best weights where any were kept, else the average's."""
        if self.kept is not None:
            return dict(self.kept["weights"])
        return {
            k.removeprefix(_PREFIX): v for k, v in self.averaged.items() if k.startswith(_PREFIX)
        }


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Writes whole or not at all; the one before stays until then."""
    buffer = io.BytesIO()
    torch.save(
        {
            "format": FORMAT,
            "stage": checkpoint.stage,
            "step": checkpoint.step,
            "net": checkpoint.net,
            "averaged": checkpoint.averaged,
            "optimizer": checkpoint.optimizer,
            "kept": checkpoint.kept,
        },
        buffer,
    )
    write_whole(path, buffer.getvalue())


def load_checkpoint(path: Path, stage: str) -> Checkpoint:
    """Raises TrainingError where it is missing, damaged, or of another stage or format."""
    try:
        record = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise TrainingError(f"There is no checkpoint of stage {stage} in this run.") from error
    except Exception as error:
        raise TrainingError(f"Checkpoint {path.name} cannot be read: {error}") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT or record["stage"] != stage:
        raise TrainingError(f"{path.name} is no checkpoint of stage {stage} of this program.")
    return Checkpoint(
        stage,
        record["step"],
        record["net"],
        record["averaged"],
        record["optimizer"],
        record.get("kept"),
    )


def read_tensors(path: str | Path) -> dict[str, Tensor]:
    """A plain state dict from another's file."""
    tensors: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return tensors
