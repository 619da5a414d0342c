"""A run from its first stage to its last, and how it ends."""

from dataclasses import dataclass
from pathlib import Path

import torch

from pe_models.bundle import ModelBundle
from pe_models.errors import DatasetError, TrainingError
from pe_models.nets.load import Nets, to_inference
from pe_models.progress import CancelToken, OnProgress, ignore_progress
from pe_models.training.config import TrainConfig
from pe_models.training.files import DISK_FULL, is_disk_full
from pe_models.training.loop.ranks import QuietReporter, first_alone, make_fabric
from pe_models.training.road.road import Road
from pe_models.training.road.splitting import refuse_shared_patients, split_of
from pe_models.training.run import (
    RunFolder,
    RunReporter,
    RunState,
    StopRequested,
    told_at_its_end,
)
from pe_models.training.stages.runner import StageRunner
from pe_models.training.store import Store
from pe_models.training.weights.nets import StageName, fresh_nets, refuse_other_nets
from pe_models.training.weights.pretrained import start_nets
from pe_models.training.weights.start import (
    begin_anew,
    begin_with,
    fill_from_bundle,
    refuse_other_start,
    stages_before,
)


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """How a run is carried out, as opposed to what it computes."""

    device: str = "auto"
    resume: bool = False
    start: ModelBundle | None = None
    """Weights to begin with; its architecture must be the run's."""
    precision: str = "auto"
    """``float32``, ``bfloat16``, or ``auto``: the latter on CUDA, the former elsewhere."""
    is_compiled: bool = False
    """Nets go through ``torch.compile``."""
    more_crops: Store | None = None
    """Further labelled studies, for crops of a dense slice net and blocks of a refiner alone."""
    weights: Path | None = None
    """A folder of ImageNet weights, for a machine that reaches no hub."""


def train(
    stages: tuple[StageName, ...],
    store: Store,
    folder: Path,
    config: TrainConfig,
    options: TrainOptions,
    *,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> RunState:
    """Trains ``stages`` in order into the run ``folder``; DONE, or STOPPED where it was asked to.

    With ``options.start`` the stages before them keep that bundle's weights, where the run has
    none of its own. Under ``torchrun`` every process calls this; the first one alone writes the
    run's files. Raises PEError where it cannot go on; the state in ``run.json`` then says so, and
    what was saved stays. Where it may not even begin nothing of the run is touched.
    """
    more_crops = options.more_crops
    if store.is_reserved or (more_crops is not None and more_crops.is_reserved):
        raise DatasetError("This store is reserved for evaluation; train on another one.")
    run = RunFolder(folder)
    refuse_shared_patients(store, more_crops)
    refuse_other_start(run, options.start, stages, config, resume=options.resume)
    refuse_other_nets(run, config, stages, resume=options.resume)
    split = split_of(run, store, config, stages, resume=options.resume)
    fabric = make_fabric(options.device, options.precision)
    kind = RunReporter if fabric.is_global_zero else QuietReporter
    reporter = kind(run, on_progress, cancel or CancelToken())
    reporter.begin(config)
    try:
        with told_at_its_end(reporter):
            runner = StageRunner(
                store,
                run,
                config,
                fabric,
                reporter,
                options.resume,
                options.is_compiled,
                more_crops,
            )
            road = Road(runner, lambda: starting_nets(config, options), split)
            road.begin(stages)
            for stage in _kept(stages, runner, options.start):
                road.keep(stage)
            for stage in stages:
                road.train(stage)
    except StopRequested:
        return RunState.STOPPED
    except OSError as error:
        if is_disk_full(error):
            raise TrainingError(
                f"{DISK_FULL} The last checkpoints stay: make room on the disk, then go on."
            ) from error
        raise
    return RunState.DONE


def _kept(
    stages: tuple[StageName, ...], runner: StageRunner, start: ModelBundle | None
) -> tuple[StageName, ...]:
    """The stages before ``stages``, which a run that begins with a bundle keeps as they are."""
    before = stages_before(stages, runner.config)
    kept = before if start is not None else ()
    with first_alone(runner.fabric) as is_first:
        if is_first and not runner.resume:
            begin_anew(stages, runner.run)
        if is_first and start is not None:
            begin_with(start, kept, runner.config, runner.run)
    return kept


def starting_nets(config: TrainConfig, options: TrainOptions) -> Nets:
    """From a bundle, from ImageNet where that is wanted, or from the seed. Raises TrainingError."""
    nets = fresh_nets(config)
    if options.start is not None:
        fill_from_bundle(nets, options.start, config)
        return to_inference(nets, torch.device("cpu"))
    start_nets(nets, config, options.weights)
    return to_inference(nets, torch.device("cpu"))
