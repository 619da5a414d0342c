"""The whole study: models carried out, measured, written down, and the chosen one as a bundle.

Beside what ``carrying_out`` leaves, ``OUT`` then holds ``study.csv``, ``study.md``,
``study-result.json``, ``study`` and ``prevalence`` (PNG, SVG) and ``bundle/``.
"""

from dataclasses import replace
from typing import Final

from safetensors.torch import load_file

from pe_models.bundle import PictureBundle
from pe_models.experiments.export import export_pictures
from pe_models.experiments.figures import picture_figures
from pe_models.experiments.study.carrying_out import (
    WEIGHTS_FILE,
    Outcomes,
    StudyRun,
    carry_out,
    config_in,
)
from pe_models.experiments.study.models import StudyModel
from pe_models.experiments.study.plots import write_plots
from pe_models.experiments.study.results import StudyResult, measure
from pe_models.experiments.study.tables import write_tables
from pe_models.nets.pictures import build_picture_net
from pe_models.progress import CancelToken, OnProgress, ignore_progress
from pe_models.training.pictures.split import SplitBy
from pe_models.training.pictures.train import TrainedPictures

_BUNDLE: Final = "bundle"
_BUNDLE_NAME: Final = "pe-slices"


def run_study(
    run: StudyRun,
    *,
    resume: bool = False,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> StudyResult:
    """Raises as ``carry_out``, and ExportError where tables cannot be written."""
    outcomes = carry_out(run, resume=resume, on_progress=on_progress, cancel=cancel)
    result = measure(run, outcomes)
    write_tables(run.folder, result)
    write_plots(run.folder, result)
    export_chosen(run, outcomes, result)
    return result


def export_chosen(run: StudyRun, outcomes: Outcomes, result: StudyResult) -> PictureBundle | None:
    """The model chosen by patient as a bundle, which gives every slice of a CT its score.

    None where none was chosen, and where its slices are not those of a CT.
    """
    models = {model.name: model for model, _ in outcomes.models}
    chosen = models.get(result.chosen[SplitBy.PATIENT] or "")
    if chosen is None or not run.data.are_of_ct:
        return None
    table, part = outcomes.arrays.table, outcomes.splits[SplitBy.PATIENT].test
    scores = outcomes.models[chosen, SplitBy.PATIENT].test[:, None]
    figures = picture_figures(table.task, table.labels[part], scores, table.patients[part])
    trained = _trained(run, chosen)
    return export_pictures(run.folder / _BUNDLE, trained, figures, run.data, name=_BUNDLE_NAME)


def _trained(run: StudyRun, model: StudyModel) -> TrainedPictures:
    config = config_in(run, model, SplitBy.PATIENT)
    task = run.data.table.task
    params = replace(task.picture, px=run.preset.px)
    net = build_picture_net(config.architecture, params, n_labels=len(task.labels))
    weights = load_file(run.folder_of(model, SplitBy.PATIENT) / WEIGHTS_FILE)
    net.load_state_dict(weights)  # into float32
    return TrainedPictures(net.eval(), params, config)
