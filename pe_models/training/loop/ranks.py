"""The processes of one run: what only the first one does, and what all do together.

Under ``torchrun`` or SLURM each process computes its parts of every batch; gradients are averaged.
The first process alone writes the run's files. A run of one process goes through here unchanged.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Final, Literal, cast

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from torch import Tensor

from pe_models.errors import TrainingError
from pe_models.progress import Progress
from pe_models.training.config.run import TrainConfig
from pe_models.training.run import RunReporter, RunState, StopRequested

_PATIENCE: Final = timedelta(days=7)
"""How long processes wait for one another: a pause or a long measurement is no failure."""


def make_fabric(device: str, precision: str) -> Fabric:
    """One device a process; several processes where ``torchrun`` or SLURM started this one.

    ``precision`` is ``auto``, bfloat16 on CUDA alone, or ``float32`` or ``bfloat16``. Raises
    TrainingError where the device is missing.
    """
    has_cuda = torch.cuda.is_available()
    if device == "cuda" and not has_cuda:
        raise TrainingError("There is no CUDA device here; use --device cpu or auto.")
    accelerator = "cuda" if has_cuda and device != "cpu" else "cpu"
    is_half = precision == "bfloat16" or (precision == "auto" and accelerator == "cuda")
    spelled: Literal["bf16-mixed", "32-true"] = "bf16-mixed" if is_half else "32-true"
    n_ranks = int(os.environ.get("WORLD_SIZE", "1"))
    if n_ranks == 1:
        return Fabric(accelerator=accelerator, devices=1, precision=spelled)
    # A dense net's slice logit has no part in its loss: some parameters get no gradient.
    strategy = DDPStrategy(find_unused_parameters=True, timeout=_PATIENCE)
    n_local = int(os.environ.get("LOCAL_WORLD_SIZE", str(n_ranks)))
    fabric = Fabric(
        accelerator=accelerator,
        devices=n_local,
        num_nodes=n_ranks // n_local,
        strategy=strategy,
        precision=spelled,
    )
    fabric.launch()
    return fabric


def heed_together(fabric: Fabric, reporter: RunReporter) -> None:
    """As ``RunReporter.heed`` of the first process, on all at the same step."""
    is_to_stop = False
    if fabric.is_global_zero:
        try:
            reporter.heed()
        except StopRequested:
            is_to_stop = True
    if together(fabric, float(is_to_stop)) > 0:
        raise StopRequested


def together(fabric: Fabric, value: float) -> float:
    """The sum of what the processes bring; each brings its own."""
    if fabric.world_size == 1:
        return value
    return float(summed(fabric, torch.tensor(value, dtype=torch.float64)))


def summed(fabric: Fabric, values: Tensor) -> Tensor:
    """The sum of the processes' ``values``, on the CPU."""
    if fabric.world_size == 1:
        return values
    return cast(Tensor, fabric.all_reduce(values, reduce_op="sum")).cpu()


def from_first(fabric: Fabric, figures: Mapping[str, float]) -> Mapping[str, float]:
    """What the first process measured, on all of them."""
    return figures if fabric.world_size == 1 else fabric.broadcast(figures)


@contextmanager
def first_alone(fabric: Fabric) -> Iterator[bool]:
    """Whether this is the first process; all leave the block together."""
    yield fabric.is_global_zero
    fabric.barrier()


class QuietReporter(RunReporter):
    """That of the other processes: it writes nothing, and is told by the first when to stop."""

    def begin(self, config: TrainConfig | None = None) -> None:
        pass

    def report(self, progress: Progress) -> None:
        pass

    def say(self, message: str) -> None:
        pass

    def heed(self) -> None:
        pass

    def end(self, state: RunState, message: str = "") -> None:
        pass
