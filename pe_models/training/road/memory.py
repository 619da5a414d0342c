"""Training that runs out of memory goes on with half the batch, and says so."""

from collections.abc import Callable
from typing import Final

from pe_models.errors import TrainingError
from pe_models.training.config import TrainConfig, with_settings
from pe_models.training.run import RunState

_STAGES: Final = ("localizer", "slice", "refiner", "sequence")

Attempt = Callable[[TrainConfig], RunState]
"""Trains from the last checkpoints on, with this configuration."""
OnHalved = Callable[[str, int], None]
"""Is told the stage and its new batch size."""


def train_within_memory(
    attempt: Attempt, config: TrainConfig, *, stage_now: Callable[[], str], on_halved: OnHalved
) -> RunState:
    """Tries again with half the batch of the stage that ran out of memory.

    Raises TrainingError where one sample alone does not fit; what was saved stays.
    """
    while True:
        try:
            return attempt(config)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            stage = stage_now()
        config = with_half_the_batch(config, stage)
        on_halved(stage, _batch_size(config, stage))


def with_half_the_batch(config: TrainConfig, stage: str) -> TrainConfig:
    """Raises TrainingError where there is nothing left to halve."""
    if stage not in _STAGES or _batch_size(config, stage) < 2:
        raise TrainingError(
            f"There is not enough memory for stage {stage}, even for one sample at a time. Close "
            "other programs, or choose a smaller preset."
        )
    return with_settings(config, [f"{stage}.batch_size={_batch_size(config, stage) // 2}"])


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on the CPU or on a GPU; torch says the former in words alone."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    words = str(error)
    return "can't allocate memory" in words or "not enough memory" in words


def _batch_size(config: TrainConfig, stage: str) -> int:
    return int(getattr(config, stage).batch_size)
