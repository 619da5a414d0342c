"""A trained picture net becomes a bundle, with its model card."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pe_models import NOTICE
from pe_models.bundle import (
    MODEL_CARD,
    PICTURE_FILE,
    BundleCard,
    PictureBundle,
    PictureSpec,
    write_picture_bundle,
)
from pe_models.experiments.figures import THRESHOLD, PictureFigures, label_table
from pe_models.experiments.sources import LabelledPictures
from pe_models.nets.save import half_weights
from pe_models.tasks import task_for
from pe_models.training.export.bundle import LICENCE
from pe_models.training.pictures.config import PictureConfig
from pe_models.training.pictures.train import TrainedPictures
from pe_models.training.weights.pretrained import source_of

_CALIBRATED: Final = "Scores are calibrated on other patients of the same data."
_UNCALIBRATED: Final = "Scores are not calibrated."
_NO_VALIDITY: Final = "No clinical validity is claimed, and none was measured."


def export_pictures(
    folder: Path,
    trained: TrainedPictures,
    figures: PictureFigures,
    data: LabelledPictures,
    *,
    name: str,
    is_calibrated: bool = False,
    version: str = "1",
) -> PictureBundle:
    """Writes ``trained`` as a bundle; ``figures`` are those on patients that it never saw.

    Raises BundleError where a weight does not fit float16 or something else is at that place.
    """
    task = task_for(data.table.task.key)
    spec = PictureSpec(
        name=name,
        version=version,
        task=task.key,
        created=datetime.now(UTC).date().isoformat(),
        picture=trained.params,
        architecture=trained.config.architecture,
        labels=task.labels,
        thresholds=dict.fromkeys(task.labels, THRESHOLD),
        calibrated_on=_calibrated_on(data, is_calibrated=is_calibrated),
        card=BundleCard(
            trained_on=_trained_on(data, trained.config),
            intended_use=f"Research on {task.title.lower()}. {NOTICE}",
            limits=f"{_CALIBRATED if is_calibrated else _UNCALIBRATED} {_NO_VALIDITY}",
            licence=LICENCE,
            metrics=figures.to_dict(),
        ),
    )
    card = _card(spec, figures)
    return write_picture_bundle(
        folder, spec, {PICTURE_FILE: half_weights(trained.net), MODEL_CARD: card.encode()}
    )


def _trained_on(data: LabelledPictures, config: PictureConfig) -> str:
    """The pictures, and the weights that a backbone began with."""
    if not config.imagenet_start:
        return data.described
    return f"{data.described}; start: {source_of(config.architecture.net)}"


def _calibrated_on(data: LabelledPictures, *, is_calibrated: bool) -> str:
    if not is_calibrated:
        return "nothing: as trained"
    return "phantoms" if data.is_phantom else "the data given"


def _card(spec: PictureSpec, figures: PictureFigures) -> str:
    facts: dict[str, Any] = {
        "Task": task_for(spec.task).title,
        "Trained on": spec.card.trained_on,
        "Net": f"{spec.architecture.net}, {spec.picture.px} px, {spec.picture.channels} channels",
        "Intended use": spec.card.intended_use,
        "Limits": spec.card.limits,
    }
    lines = "".join(f"- **{name}**: {text}\n" for name, text in facts.items())
    return (
        f"# {spec.name} {spec.version}\n\n{NOTICE}\n\n{lines}\n"
        "Figures of a part of the same data whose patients the net never saw, at a threshold of "
        f"{THRESHOLD}; 95 % intervals in brackets.\n\n{label_table(figures)}\n"
        f"Weighted log loss {figures.weighted_log_loss:.4f}.\n"
    )
