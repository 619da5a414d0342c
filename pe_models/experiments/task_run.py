"""One task from labelled pictures to a table of figures and a bundle.

``OUT`` then holds ``task.json`` (what it depends on), ``pictures-PX.npy`` (what was read),
``split.json``, ``samples`` (PNG, SVG), for
each net ``nets/NAME/`` (its run, ``scores.csv`` and figures), ``table.csv``, ``table.md`` and
``result.json``, and of the net with the lowest loss on the pictures to choose by ``maps``,
``pointing.json`` (how often its maps peak within a box, where there are boxes) and ``bundle/``.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from pe_models import NOTICE
from pe_models.bundle import PictureBundle
from pe_models.errors import InputError
from pe_models.experiments.claim import claim_folder, fingerprint_of
from pe_models.experiments.export import export_pictures
from pe_models.experiments.figures import (
    PictureFigures,
    label_table,
    markdown_table,
    picture_figures,
    weighted_log_loss,
    write_pictures_of,
)
from pe_models.experiments.plans import TaskPlan
from pe_models.experiments.pointing import pointing_of
from pe_models.experiments.samples import write_maps, write_samples
from pe_models.experiments.sources import LabelledPictures
from pe_models.metrics.calls import FIGURES
from pe_models.nets.pictures.inference import picture_scores
from pe_models.progress import CancelToken, OnProgress, ignore_progress
from pe_models.training.files import read_json, write_json, write_whole
from pe_models.training.pictures.arrays import PictureArrays, shrink_pictures
from pe_models.training.pictures.calibrate import calibrate_pictures
from pe_models.training.pictures.split import PictureSplit, split_pictures
from pe_models.training.pictures.train import TrainedPictures, train_pictures

TASK_FILE: Final = "task.json"
SPLIT_FILE: Final = "split.json"


@dataclass(frozen=True, slots=True, eq=False)
class NetResult:
    """A net, its loss on the pictures to choose by, and its figures on those of other patients."""

    trained: TrainedPictures
    validation_loss: float
    figures: PictureFigures


@dataclass(frozen=True, slots=True, eq=False)
class TaskResult:
    """Every net of the plan by name, which was ``chosen``, and its bundle."""

    nets: Mapping[str, NetResult]
    chosen: str
    bundle: PictureBundle
    skipped: tuple[str, ...]


def run_task(
    data: LabelledPictures,
    folder: Path,
    plan: TaskPlan,
    *,
    bundle_name: str,
    device: str = "auto",
    weights: Path | None = None,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> TaskResult:
    """Trains the nets of ``plan`` in ``folder``, or goes on with what is done there.

    Raises InputError where the folder holds a run on other pictures or of another plan,
    DatasetError where the pictures cannot be used or are of one class, and as training does.
    """
    nets = [config.to_dict() for config in plan.nets]
    claim_folder(
        folder / TASK_FILE,
        fingerprint_of(data.table, nets),
        {"task": data.table.task.key, "trained_on": data.described, "nets": nets},
        what="task",
    )
    arrays = shrink_pictures(data.table, folder, plan.px, on_progress=on_progress, cancel=cancel)
    split = split_pictures(arrays.table)
    _keep_split(folder / SPLIT_FILE, arrays, split)
    write_samples(folder, arrays, split)
    results = {}
    for config in plan.nets:
        trained = train_pictures(
            arrays,
            split,
            config,
            folder / "nets" / config.name,
            device=device,
            weights=weights,
            resume=True,
            on_progress=on_progress,
            cancel=cancel,
        )
        if plan.is_calibrated:
            calibrate_pictures(trained, arrays, split.validation)
        results[config.name] = _result(folder / "nets" / config.name, trained, arrays, split)
    chosen = min(results, key=lambda name: results[name].validation_loss)
    _write_tables(folder, data, results, chosen)
    best = results[chosen]
    write_maps(folder, best.trained, arrays, split)
    net, params = best.trained.net, best.trained.params
    pointing = pointing_of(net, params, arrays, split.test, data.boxes)
    if pointing is not None:
        write_json(folder / "pointing.json", {"notice": NOTICE, **pointing.to_dict()})
    bundle = export_pictures(
        folder / "bundle",
        best.trained,
        best.figures,
        data,
        name=bundle_name,
        is_calibrated=plan.is_calibrated,
    )
    return TaskResult(results, chosen, bundle, arrays.skipped)


def _result(
    folder: Path, trained: TrainedPictures, arrays: PictureArrays, split: PictureSplit
) -> NetResult:
    """Scores what the net never saw, and leaves scores and figures in ``folder``."""
    task, labels, cpu = arrays.table.task, arrays.table.labels, torch.device("cpu")
    chosen_by, measured = (
        picture_scores(trained.net, arrays.small[part], trained.params, cpu)
        for part in (split.validation, split.test)
    )
    truth = labels[split.test]
    figures = picture_figures(task, truth, measured, arrays.table.patients[split.test])
    _write_scores(folder / "scores.csv", arrays, split, measured)
    write_json(folder / "figures.json", {"notice": NOTICE, **figures.to_dict()})
    write_whole(folder / "labels.md", label_table(figures).encode())
    write_pictures_of(folder, figures, truth, measured)
    loss = weighted_log_loss(task, labels[split.validation], chosen_by)
    return NetResult(trained, loss, figures)


def _keep_split(path: Path, arrays: PictureArrays, split: PictureSplit) -> None:
    """Raises InputError where nets of this folder may have seen pictures that would now measure."""
    keys = [picture.key for picture in arrays.table.pictures]
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    record = {name: [keys[i] for i in part] for name, part in parts.items()}
    if path.exists() and read_json(path) != record:
        raise InputError(
            f"Other pictures can be read now than when the run in {path.parent} began; name "
            "another folder."
        )
    write_json(path, record)


def _write_scores(
    path: Path, arrays: PictureArrays, split: PictureSplit, scores: NDArray[np.float32]
) -> None:
    """A row a picture: its key, whether each label is on it, and the score of each."""
    labels = arrays.table.task.labels
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["key", *labels, *(f"{label}_score" for label in labels)])
    for i, row in zip(split.test, scores, strict=True):
        picture = arrays.table.pictures[int(i)]
        truth = ["" if np.isnan(value) else int(value) for value in picture.labels]
        writer.writerow([picture.key, *truth, *(f"{score:.6f}" for score in row)])
    write_whole(path, text.getvalue().encode())


def _write_tables(
    folder: Path, data: LabelledPictures, results: Mapping[str, NetResult], chosen: str
) -> None:
    """``table.csv``, ``table.md`` and ``result.json``: every net beside the others."""
    summary = data.table.task.summary_label
    head = ("net", "label", "n", "with it", *FIGURES, "AUC", "weighted log loss")
    rows = [
        (name, label, str(entry.n), str(entry.n_positive),
         *(_plain(getattr(entry.calls, figure).value) for figure in FIGURES),
         _plain(entry.auc.value), f"{result.figures.weighted_log_loss:.4f}")
        for name, result in results.items()
        for label, entry in result.figures.labels.items()
    ]  # fmt: skip
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    write_whole(folder / "table.csv", text.getvalue().encode())
    tables = "".join(
        f"## {name}{' (chosen)' if name == chosen else ''}\n\n{label_table(result.figures)}\n"
        for name, result in results.items()
    )
    overall = markdown_table(head, [row for row in rows if row[1] == summary])
    content = f"{NOTICE}\n\nTrained on {data.described}.\n\n{overall}\n{tables}"
    write_whole(folder / "table.md", content.encode())
    write_json(folder / "result.json", _record(data, results, chosen))


def _record(
    data: LabelledPictures, results: Mapping[str, NetResult], chosen: str
) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "notice": NOTICE,
        "task": data.table.task.key,
        "trained_on": data.described,
        "chosen": chosen,
        "nets": {
            name: {"validation_loss": result.validation_loss, **result.figures.to_dict()}
            for name, result in results.items()
        },
    }


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
