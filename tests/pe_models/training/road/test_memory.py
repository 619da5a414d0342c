"""Where memory runs out a training goes on with half the batch, and says so."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from pe_models.errors import TrainingError
from pe_models.training.config import TrainConfig, preset, with_settings
from pe_models.training.road.memory import train_within_memory
from pe_models.training.run import RunState

TOO_MANY_BYTES = 2**60


def of_numpy() -> None:
    np.empty(TOO_MANY_BYTES, np.uint8)


def of_torch() -> None:
    torch.empty(TOO_MANY_BYTES, dtype=torch.uint8)


@pytest.fixture
def config() -> TrainConfig:
    return with_settings(preset("tiny"), ["slice.batch_size=6"])


@pytest.mark.parametrize("ask", [of_numpy, of_torch])
def test_the_batch_of_the_stage_is_halved_until_it_fits(
    config: TrainConfig, ask: Callable[[], None]
) -> None:
    tried: list[int] = []
    told: list[tuple[str, int]] = []

    def attempt(config: TrainConfig) -> RunState:
        tried.append(config.slice.batch_size)
        if config.slice.batch_size > 1:
            ask()
        return RunState.DONE

    state = train_within_memory(
        attempt, config, stage_now=lambda: "slice", on_halved=lambda *what: told.append(what)
    )
    assert state is RunState.DONE
    assert tried == [6, 3, 1]
    assert told == [("slice", 3), ("slice", 1)]


def test_where_one_sample_does_not_fit_it_is_said_in_words(config: TrainConfig) -> None:
    def attempt(config: TrainConfig) -> RunState:
        of_torch()
        return RunState.DONE

    with pytest.raises(TrainingError, match="not enough memory for stage slice"):
        train_within_memory(
            attempt, config, stage_now=lambda: "slice", on_halved=lambda stage, size: None
        )


def test_memory_that_ran_out_beside_the_nets_is_said_in_words(config: TrainConfig) -> None:
    def attempt(config: TrainConfig) -> RunState:
        of_numpy()
        return RunState.DONE

    with pytest.raises(TrainingError, match="stage phantom"):
        train_within_memory(
            attempt, config, stage_now=lambda: "phantom", on_halved=lambda stage, size: None
        )


def test_another_failure_is_none_of_memory(config: TrainConfig) -> None:
    def attempt(config: TrainConfig) -> RunState:
        torch.zeros(2) @ torch.zeros(3)
        return RunState.DONE

    with pytest.raises(RuntimeError, match="size"):
        train_within_memory(
            attempt, config, stage_now=lambda: "slice", on_halved=lambda stage, size: None
        )
