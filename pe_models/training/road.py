"""The road of a run: localizer, crops, slice, features, sequence, calibration."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from lightning_fabric import Fabric

from pe_models.bundle import ModelBundle
from pe_models.errors import DatasetError, TrainingError
from pe_models.nets.load import Nets, load_nets, to_inference
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress
from pe_models.training.calibrate import calibrate
from pe_models.training.cohort import describe_cohort
from pe_models.training.config import StageConfig, TrainConfig
from pe_models.training.dense_stage import SliceStudies, slice_stage
from pe_models.training.features import (
    has_features,
    read_crops,
    read_features,
    write_crops,
    write_features,
)
from pe_models.training.files import write_json
from pe_models.training.loop import Stage, train_stage
from pe_models.training.predict import predict_crop, slice_features
from pe_models.training.pretrained import has_imagenet_start, start_from_imagenet
from pe_models.training.run import RunFolder, RunReporter, RunState, StopRequested
from pe_models.training.split import Split, split_by_patient
from pe_models.training.stages import LocalizerStage, SequenceStage
from pe_models.training.store import Store, StudyRecord
from pe_models.training.weights import (
    StageName,
    architecture_of,
    fill_from_checkpoint,
    fresh_nets,
    net_of,
    set_dropout,
)


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """How a run is carried out, as opposed to what it computes."""

    device: str = "auto"
    resume: bool = False
    start: ModelBundle | None = None
    """Weights to begin with; its architecture must be the run's."""


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

    Raises PEError where it cannot go on; the state in ``run.json`` then says so, and what was
    saved stays.
    """
    if store.is_reserved:
        raise DatasetError("This store is reserved for evaluation; train on another one.")
    run = RunFolder(folder)
    reporter = RunReporter(run, on_progress, cancel or CancelToken())
    reporter.begin(config)
    try:
        road = _Road(store, run, config, options, reporter)
        for stage in stages:
            road.train(stage)
    except StopRequested:
        reporter.end(RunState.STOPPED)
        return RunState.STOPPED
    except KeyboardInterrupt:
        reporter.end(RunState.INTERRUPTED)
        raise
    except Exception as error:
        reporter.end(RunState.FAILED, str(error))
        raise
    reporter.end(RunState.DONE)
    return RunState.DONE


class _Road:
    """What the stages of one run share."""

    def __init__(
        self,
        store: Store,
        run: RunFolder,
        config: TrainConfig,
        options: TrainOptions,
        reporter: RunReporter,
    ) -> None:
        self._store, self._run, self._config = store, run, config
        self._resume, self._reporter = options.resume, reporter
        self._fabric = _fabric(options.device)
        self._split = _split(store, run, config)
        self._studies = {study.key: study for study in store.studies}
        self._nets = _starting_nets(config, options.start)

    def train(self, stage: StageName) -> None:
        steps: Mapping[StageName, Callable[[], None]] = {
            StageName.LOCALIZER: self._localizer,
            StageName.SLICE: self._slice,
            StageName.SEQUENCE: self._sequence,
        }
        steps[stage]()

    def _localizer(self) -> None:
        stage = LocalizerStage(
            self._nets.localizer,
            self._store,
            train=self._train_studies,
            held_out=self._held_out_studies,
            config=self._config,
            device=self._fabric.device,
        )
        self._loop(stage, self._config.localizer)
        net, params = self._filled(StageName.LOCALIZER).localizer, self._config.preprocessing
        crops = {
            study.key: predict_crop(net, self._store, study, params)
            for study in self._each_study("crops")
        }
        write_crops(self._run.boxes_file, crops)

    def _slice(self) -> None:
        crops = read_crops(self._run.boxes_file)
        studies = SliceStudies(self._store, self._train_studies, self._held_out_studies, crops)
        net, device = self._nets.slice_classifier, self._fabric.device
        with slice_stage(net, studies, self._config, device) as stage:
            self._loop(stage, self._config.slice)
        net = self._filled(StageName.SLICE).slice_classifier
        folder, checkpoint = self._run.features_folder, self._run.checkpoint_file(StageName.SLICE)
        for study in self._each_study("features"):
            if self._resume and has_features(folder, study, of=checkpoint):
                continue
            features = slice_features(
                net, self._store, study, crops[study.key], self._config.preprocessing
            )
            write_features(folder, study, features)

    def _sequence(self) -> None:
        features = read_features(self._run.features_folder, self._store.studies)
        stage = SequenceStage(
            self._nets.sequence,
            features,
            train=self._train_studies,
            held_out=self._held_out_studies,
            config=self._config,
            device=self._fabric.device,
        )
        self._loop(stage, self._config.sequence)
        net = self._filled(StageName.SEQUENCE).sequence
        cohort = describe_cohort(self._store, self._split)
        fitted = calibrate(net, features, self._held_out_studies, calibrated_on=cohort.kind)
        write_json(self._run.calibration_file, fitted.to_dict())

    def _loop(self, stage: Stage, config: StageConfig) -> None:
        train_stage(
            stage,
            config,
            fabric=self._fabric,
            reporter=self._reporter,
            checkpoint_file=self._run.checkpoint_file(stage.name),
            seed=self._config.seed,
            resume=self._resume,
        )

    def _filled(self, stage: StageName) -> Nets:
        """The nets in inference mode, that of ``stage`` with its averaged weights."""
        fill_from_checkpoint(net_of(self._nets, stage), self._run, stage)
        return to_inference(self._nets, self._fabric.device)

    def _each_study(self, what: str) -> Iterator[StudyRecord]:
        total = len(self._store.studies)
        for done, study in enumerate(self._store.studies):
            self._reporter.heed()
            self._reporter.report(Progress(what, done, total))
            yield study
        self._reporter.report(Progress(what, total, total))

    @property
    def _train_studies(self) -> tuple[StudyRecord, ...]:
        return tuple(self._studies[key] for key in self._split.train)

    @property
    def _held_out_studies(self) -> tuple[StudyRecord, ...]:
        return tuple(self._studies[key] for key in self._split.held_out)


def _fabric(device: str) -> Fabric:
    """One device of this process. Raises TrainingError where it is missing, or under torchrun."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise TrainingError("This version trains in one process; start it without torchrun.")
    has_cuda = torch.cuda.is_available()
    if device == "cuda" and not has_cuda:
        raise TrainingError("There is no CUDA device here; use --device cpu or auto.")
    if device == "cpu" or not has_cuda:
        return Fabric(accelerator="cpu", devices=1)
    return Fabric(accelerator="cuda", devices=1, precision="bf16-mixed")


def _split(store: Store, run: RunFolder, config: TrainConfig) -> Split:
    fraction = 0.0 if config.is_final else config.held_out_fraction
    split = split_by_patient(store.studies, held_out_fraction=fraction, name=config.split)
    write_json(run.split_file, {"train": list(split.train), "held_out": list(split.held_out)})
    write_json(run.cohort_file, describe_cohort(store, split).to_dict())
    return split


def _starting_nets(config: TrainConfig, start: ModelBundle | None) -> Nets:
    """From ``start``, from ImageNet where that is at hand and wanted, or from the seed."""
    nets = fresh_nets(config)
    if start is not None:
        if start.architecture != architecture_of(config):
            raise TrainingError(
                f"Bundle {start.name} has another architecture than preset {config.preset}."
            )
        nets = load_nets(start, torch.device("cpu"))
        set_dropout(nets, config)
        return nets
    if config.imagenet_start and has_imagenet_start(config.slice_backbone):
        start_from_imagenet(nets.slice_classifier.backbone)
    return to_inference(nets, torch.device("cpu"))
