"""Boxes and embeddings of a store's studies, written for others' use."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pe_models.bundle import Preprocessing
from pe_models.findings import Crop
from pe_models.nets.inference import SliceReader
from pe_models.nets.load import Nets
from pe_models.nets.refining import RefinerReader
from pe_models.pipeline import choose_device
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress
from pe_models.training.answers.features import (
    BOXES,
    read_crops,
    read_features,
    write_crops,
    write_features,
)
from pe_models.training.answers.maps import describe_study, with_refined
from pe_models.training.answers.predict import SliceNetAt, predict_crop
from pe_models.training.config import TrainConfig
from pe_models.training.loop.ranks import QuietReporter, make_fabric
from pe_models.training.road.road import Road
from pe_models.training.road.splitting import split_of
from pe_models.training.road.train import TrainOptions, starting_nets
from pe_models.training.run import RunFolder
from pe_models.training.stages.runner import StageRunner
from pe_models.training.store import Store, StudyRecord
from pe_models.training.weights.nets import slice_nets


def export_features(
    store: Store,
    run: RunFolder,
    folder: Path,
    *,
    device: str = "auto",
    on_progress: OnProgress = ignore_progress,
) -> None:
    """Boxes and embeddings of every study of ``store``, by the nets of ``run``.

    Those of the first slice net lie in ``folder``, those of the others in folders below it.
    """
    config = run.config()
    nets, params = slice_nets(run, choose_device(device)), config.preprocessing
    crops = _crops(nets, store, params)
    refiner = None if nets.refiner is None else RefinerReader.of(nets.refiner)
    total = len(nets.members) * len(store.studies)
    for index, member in enumerate(nets.members):
        at = SliceNetAt(SliceReader.of(member.slice_classifier), store, crops, params)
        for done, study in enumerate(store.studies, start=index * len(store.studies) + 1):
            features = _features(at, study, refiner, config)
            write_features(member_folder(folder, index), study, features)
            on_progress(Progress("features", done, total))
    write_crops(folder / BOXES, crops)


def export_out_of_fold(
    store: Store,
    run: RunFolder,
    folder: Path,
    *,
    n_folds: int,
    options: TrainOptions,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> None:
    """As ``export_features``, of each training study by a slice net that never saw its patient.

    The slice nets of the folds are trained as the run's own was, and stay in its folder: a second
    call goes on where the first one stopped. Held-out studies are described by the run's own net,
    which never saw them. Raises DatasetError where the run is not of this ``store`` or has no slice
    stage yet, and StopRequested.
    """
    config = run.config()
    split = split_of(run, store, config, (), resume=True)
    fabric = make_fabric(options.device, options.precision)
    heard = on_progress if fabric.is_global_zero else ignore_progress
    reporter = _Listening(run, heard, cancel or CancelToken())
    runner = StageRunner(store, run, config, fabric, reporter, is_compiled=options.is_compiled)
    road = Road(runner, lambda: starting_nets(config, options), split)
    for member in range(config.n_members):
        unseen = road.out_of_fold(member, n_folds)
        own = read_features(run.features_of(member), store.studies)
        for study in runner.each_study("features", store.studies):
            features = unseen if study.key in unseen.keys_of_studies else own
            write_features(member_folder(folder, member), study, features[study.key])
    if fabric.is_global_zero:
        write_crops(folder / BOXES, read_crops(run.boxes_file))


def member_folder(folder: Path, index: int) -> Path:
    """Where the embeddings by one of several slice nets lie."""
    return folder if index == 0 else folder / f"member-{index + 1}"


class _Listening(QuietReporter):
    """Passes progress on; the run itself is not being trained."""

    def report(self, progress: Progress) -> None:
        self._on_progress(progress)

    def heed(self) -> None:
        self._cancel.raise_if_cancelled()


def _features(
    at: SliceNetAt, study: StudyRecord, refiner: RefinerReader | None, config: TrainConfig
) -> NDArray[np.float32]:
    if refiner is None:
        return at.features(study)
    features, maps = describe_study(at, study, config.refiner_window)
    return with_refined(features, refiner, study, maps, config.preprocessing)


def _crops(nets: Nets, store: Store, params: Preprocessing) -> dict[str, Crop]:
    return {
        study.key: predict_crop(nets.localizer, store, study, params) for study in store.studies
    }
