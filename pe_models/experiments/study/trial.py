"""How long a study would take here: some steps of each model, and what all of them come to."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from pe_models.experiments.study.carrying_out import StudyRun, config_in, why_skipped
from pe_models.experiments.study.drawing import draw, splits_of
from pe_models.experiments.study.models import StudyModel
from pe_models.progress import CancelToken, Progress
from pe_models.training.pictures.arrays import PictureArrays, shrink_pictures
from pe_models.training.pictures.split import PictureSplit, SplitBy
from pe_models.training.pictures.train import train_pictures

_MEASURED: Final = 2
"""Slices of the measurement that ends each training: it is not what is timed."""


@dataclass(frozen=True, slots=True)
class Trial:
    """``step_seconds`` is the median of ``n_tried`` steps but the first, which warms up;
    ``n_steps`` is what one training of the model takes.
    """

    model: str
    step_seconds: float
    n_tried: int
    n_steps: int

    @property
    def seconds(self) -> float:
        """Of the model's training by both splits, measurements not counted."""
        return len(SplitBy) * self.n_steps * self.step_seconds


def try_steps(run: StudyRun, n_steps: int, cancel: CancelToken | None = None) -> Iterator[Trial]:
    """``n_steps`` (at least 2) of each model, by slice, on as few slices as they take.

    Leaves nothing behind. Raises as ``carry_out``.
    """
    whole = draw(run.data.table, run.preset.counts, seed=run.seed)
    needed = max(model.batch_size for model in run.models)
    few = draw(run.data.table, replace(whole.counts, train=needed, validation=_MEASURED, test=2),
               seed=run.seed)  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="pe-study-") as scratch:
        arrays = shrink_pictures(few.table, Path(scratch), run.preset.px, cancel=cancel)
        split = splits_of(few, arrays)[SplitBy.SLICE]
        for model in run.models:
            if not why_skipped(run, model):
                folder = Path(scratch) / model.name
                times = _step_seconds(
                    run, model, folder, arrays=arrays, split=split, n_steps=n_steps, cancel=cancel
                )
                config = config_in(run, model, SplitBy.SLICE).stage
                yield Trial(
                    model.name,
                    statistics.median(times),
                    len(times),
                    config.over(whole.counts.train).steps,
                )


def _step_seconds(
    run: StudyRun,
    model: StudyModel,
    folder: Path,
    *,
    arrays: PictureArrays,
    split: PictureSplit,
    n_steps: int,
    cancel: CancelToken | None,
) -> list[float]:
    """Of each step but the first."""
    config = config_in(run, model, SplitBy.SLICE)
    ends: list[float] = []

    def hear(progress: Progress) -> None:
        if progress.stage == config.name:
            ends.append(time.perf_counter())

    stage = replace(config.stage, epochs=0.0, steps=n_steps, measure_every=n_steps)
    train_pictures(
        arrays,
        split,
        replace(config, stage=stage),
        folder,
        device=run.device,
        weights=run.weights,
        on_progress=hear,
        cancel=cancel,
    )
    return [end - begun for begun, end in pairwise(ends)]
