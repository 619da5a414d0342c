"""The models of a study, one after the other, by both splits; what is done is not done again.

``OUT`` then holds ``study.json`` (what it depends on), ``pictures-PX.npy`` (what was read) and for
each model and split ``models/NAME-by-SPLIT/``: its run, its weights and its scores.
"""

import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from pe_models.experiments.claim import claim_folder, fingerprint_of
from pe_models.experiments.study.data import StudySlices
from pe_models.experiments.study.drawing import Drawing, draw, splits_of
from pe_models.experiments.study.models import MODELS, StudyModel
from pe_models.experiments.study.outcome import Outcome, kept_outcome
from pe_models.experiments.study.presets import StudyPreset, config_of
from pe_models.nets.pictures.inference import picture_scores
from pe_models.nets.save import half_weights
from pe_models.pipeline.device import choose_device
from pe_models.progress import CancelToken, OnProgress, ignore_progress
from pe_models.training.files import write_whole
from pe_models.training.pictures.arrays import PictureArrays, shrink_pictures
from pe_models.training.pictures.config import PictureConfig
from pe_models.training.pictures.split import PictureSplit, SplitBy
from pe_models.training.pictures.train import TrainedPictures, train_pictures
from pe_models.training.run import RunFolder

WEIGHTS_FILE: Final = "picture.safetensors"
_STUDY_FILE: Final = "study.json"


@dataclass(frozen=True, slots=True, eq=False)
class StudyRun:
    """A study that is carried out in ``folder``; ``weights`` holds published weights, or is None.

    ``device`` is auto, cpu or cuda.
    """

    folder: Path
    preset: StudyPreset
    data: StudySlices
    weights: Path | None = None
    device: str = "auto"
    seed: int = 1
    models: tuple[StudyModel, ...] = MODELS

    def folder_of(self, model: StudyModel, by: SplitBy) -> Path:
        return self.folder / "models" / f"{model.name}-by-{by}"


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Every model that was carried out, by split; ``skipped`` says why others were not."""

    drawing: Drawing
    arrays: PictureArrays
    splits: Mapping[SplitBy, PictureSplit]
    models: Mapping[tuple[StudyModel, SplitBy], Outcome]
    skipped: Mapping[str, str]


def carry_out(
    run: StudyRun,
    *,
    resume: bool,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Outcomes:
    """Trains and scores each model by each split; with ``resume`` those that are missing.

    Raises InputError where the folder holds another study, DatasetError where the slices cannot be
    used, and as training does.
    """
    drawing = draw(run.data.table, run.preset.counts, seed=run.seed)
    _claim(run, drawing, resume=resume)
    arrays = shrink_pictures(
        drawing.table, run.folder, run.preset.px, on_progress=on_progress, cancel=cancel
    )
    splits = splits_of(drawing, arrays)
    skipped = {model.name: why for model in run.models if (why := why_skipped(run, model))}
    models = {}
    for model, by in _each(run, skipped):
        folder = run.folder_of(model, by)
        done = kept_outcome(folder)
        if done is None or not done.fits(splits[by]):
            done = _trained(
                run, model, by, arrays=arrays, split=splits[by],
                on_progress=on_progress, cancel=cancel,
            )  # fmt: skip
            done.write(folder)
        models[model, by] = done
    return Outcomes(drawing, arrays, splits, models, skipped)


def why_skipped(run: StudyRun, model: StudyModel) -> str:
    """Why ``model`` is not carried out; "" where it is."""
    if not model.is_frozen or is_published(run, model):
        return ""
    file = f"{run.preset.net_of(model)}.safetensors"
    return f"Its backbone stays as published, and there is no {file} in a folder of --weights."


def is_published(run: StudyRun, model: StudyModel) -> bool:
    """Whether a transfer model begins with weights that someone published. No hub is asked."""
    if run.weights is None or not model.is_transfer:
        return False
    return (run.weights / f"{run.preset.net_of(model)}.safetensors").is_file()


def config_in(run: StudyRun, model: StudyModel, by: SplitBy) -> PictureConfig:
    return config_of(model, run.preset, by, is_published=is_published(run, model), seed=run.seed)


def _each(run: StudyRun, skipped: Mapping[str, str]) -> Iterator[tuple[StudyModel, SplitBy]]:
    """Both splits of one model after the other, so that a study cut short compares what it has."""
    for model in run.models:
        if model.name not in skipped:
            yield from ((model, by) for by in SplitBy)


def _trained(
    run: StudyRun,
    model: StudyModel,
    by: SplitBy,
    *,
    arrays: PictureArrays,
    split: PictureSplit,
    on_progress: OnProgress,
    cancel: CancelToken | None,
) -> Outcome:
    """Goes on from the model's own checkpoint, which its weights replace."""
    folder, config = run.folder_of(model, by), config_in(run, model, by)
    began = time.perf_counter()
    trained = train_pictures(
        arrays,
        split,
        config,
        folder,
        device=run.device,
        weights=run.weights,
        resume=True,
        on_progress=on_progress,
        cancel=cancel,
    )
    seconds = time.perf_counter() - began
    outcome = _scored(trained, arrays, split, seconds=seconds, device=choose_device(run.device))
    write_whole(folder / WEIGHTS_FILE, half_weights(trained.net))
    shutil.rmtree(RunFolder(folder).checkpoint_file(config.name).parent)
    return outcome


def _scored(
    trained: TrainedPictures,
    arrays: PictureArrays,
    split: PictureSplit,
    *,
    seconds: float,
    device: torch.device,
) -> Outcome:
    net = trained.net.to(device)
    validation, test = (
        picture_scores(net, arrays.small[part], trained.params, device)[:, 0]
        for part in (split.validation, split.test)
    )
    return Outcome(
        validation=validation,
        test=test,
        seconds=seconds,
        n_parameters=sum(parameter.numel() for parameter in net.parameters()),
        start="published" if trained.config.imagenet_start else "random",
    )


def _claim(run: StudyRun, drawing: Drawing, *, resume: bool) -> None:
    """Raises InputError where the folder holds a study, and it is not this one or not resumed."""
    preset = run.preset.to_dict()
    starts = [is_published(run, model) for model in run.models]
    fingerprint = fingerprint_of(drawing.table, [preset, run.seed, starts], drawing.splits.values())
    claim_folder(
        run.folder / _STUDY_FILE, fingerprint, {"preset": preset}, what="study", resume=resume
    )
