"""The heart's net from a labelled store to two files: its weights, and what they are."""

from contextlib import closing
from pathlib import Path
from typing import Final

import torch

from pe_models.bundle import HeartSpec
from pe_models.errors import DatasetError
from pe_models.nets.heart_net import HeartNet
from pe_models.nets.save import half_weights
from pe_models.parallel import background_threads
from pe_models.progress import CancelToken, OnProgress, ignore_progress
from pe_models.training.batches.ahead import Ahead
from pe_models.training.heart.config import HeartConfig
from pe_models.training.heart.sampler import HeartBatch, HeartSampler
from pe_models.training.heart.stage import HeartStage
from pe_models.training.loop.ranks import make_fabric
from pe_models.training.loop.steps import train_stage
from pe_models.training.run import (
    RunFolder,
    RunReporter,
    RunState,
    StopRequested,
    told_at_its_end,
)
from pe_models.training.store import Store, StudyRecord
from pe_models.training.store.cohort import describe_cohort
from pe_models.training.store.split import Split, split_by_patient
from pe_models.training.weights.heart import TrainedHeart, write_heart

_MEASURED_CROPS: Final = 48
_MOST_THREADS: Final = 4


def train_heart(
    store: Store,
    folder: Path,
    config: HeartConfig,
    *,
    device: str = "auto",
    held_out_fraction: float = 0.2,
    split: str = "default",
    resume: bool = False,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> RunState:
    """Trains on the labelled studies of ``store``; DONE, or STOPPED where it was asked to.

    Studies are held out as those of the other nets are. ``folder`` then holds ``heart.safetensors``
    and ``heart.json`` beside the run's own files. Raises DatasetError where there is nothing to
    learn from, and TrainingError where the loss is no number.
    """
    if store.is_reserved:
        raise DatasetError("This store is reserved for evaluation; train on another one.")
    run = RunFolder(folder)
    reporter = RunReporter(run, on_progress, cancel or CancelToken())
    reporter.begin()
    try:
        with told_at_its_end(reporter):
            chosen = split_by_patient(
                store.studies, held_out_fraction=held_out_fraction, name=split
            )
            net = _trained(store, chosen, run, reporter, config, device=device, resume=resume)
            trained_on = describe_cohort(store, chosen).trained_on
            spec = HeartSpec(config.width, config.preprocessing, trained_on)
            write_heart(folder, TrainedHeart(spec, half_weights(net)))
    except StopRequested:
        return RunState.STOPPED
    return RunState.DONE


def _trained(
    store: Store,
    split: Split,
    run: RunFolder,
    reporter: RunReporter,
    config: HeartConfig,
    *,
    device: str,
    resume: bool,
) -> torch.nn.Module:
    fabric = make_fabric(device, "float32")
    sampler = HeartSampler(store, _of(store, split.train), config)
    batches: Ahead[HeartBatch] = Ahead(
        sampler.batch,
        n_steps=config.steps.steps,
        n_threads=min(_MOST_THREADS, background_threads()),
    )
    held_out = [study for study in _of(store, split.held_out) if study.has_labels]
    measured = (
        HeartSampler(store, held_out, config).held_out_batch(_MEASURED_CROPS) if held_out else None
    )
    torch.manual_seed(config.seed)
    net = HeartNet(config.width)
    with closing(batches):
        return train_stage(
            HeartStage(net, batches, measured, fabric.device),
            config.steps,
            fabric=fabric,
            reporter=reporter,
            checkpoint_file=run.checkpoint_file(HeartStage.name),
            seed=config.seed,
            resume=resume,
        )


def _of(store: Store, keys: tuple[str, ...]) -> list[StudyRecord]:
    studies = {study.key: study for study in store.studies}
    return [studies[key] for key in keys]
