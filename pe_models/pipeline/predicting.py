"""One picture file -> its scores, what is named, and the picture itself with its map."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from pe_models import NOTICE
from pe_models.bundle import PictureBundle
from pe_models.errors import RefusedError
from pe_models.explain import picture_map
from pe_models.figures import write_figure_of
from pe_models.imaging.volume import VolumeKind
from pe_models.nets.pictures.inference import picture_scores
from pe_models.nets.pictures.load import load_picture_net
from pe_models.pictures import as_grey, as_input, read_picture, shrunk
from pe_models.pipeline.device import choose_device
from pe_models.tasks import task_for

NORMAL: Final = "Normal"
"""What is named where no label passes its threshold."""
_FULL_COLOUR_LOGIT: Final = 30.0
"""A map is drawn from no colour at 0 to full colour there."""
_INCHES: Final = (7.0, 4.0)


if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """``scores`` by label, the labels that are ``on``, and the one ``named``: the likeliest kind.

    The summary label (``any``) is never named: it says that there is something, not what.
    ``picture`` (px, px) is what the net saw, grey in [0, 1]; ``activation`` its map for the label
    that is named, or for the summary label, in logit units.
    """

    scores: Mapping[str, float]
    on: tuple[str, ...]
    named: str
    picture: NDArray[np.float32]
    activation: NDArray[np.float32]

    def to_dict(self) -> dict[str, Any]:
        return {"named": self.named, "on": list(self.on), "scores": dict(self.scores)}


def predict_picture(path: Path, bundle: PictureBundle, *, device: str = "auto") -> Prediction:
    """What the net of ``bundle`` says of the picture in ``path``.

    Raises InputError where there is no picture, RefusedError where its values are not what the
    net learnt from.
    """
    task, spec = task_for(bundle.task), bundle.spec
    found = read_picture(path)
    if spec.picture.windows and found.kind is not VolumeKind.HU:
        raise RefusedError(
            f"{path.name} has no Hounsfield units, which {task.title.lower()} needs."
        )
    where = choose_device(device)
    net = load_picture_net(bundle, where)
    small = shrunk(found.values, found.kind, spec.picture.px)[None]
    row = picture_scores(net, small, spec.picture, where)[0]
    scores = dict(zip(spec.labels, (float(score) for score in row), strict=True))
    on = tuple(label for label in spec.labels if scores[label] >= spec.thresholds[label])
    kinds = [label for label in task.kinds if label in on]
    named = max(kinds, key=lambda label: scores[label]) if kinds else NORMAL
    shown = task.summary_label if named == NORMAL else named
    x = torch.from_numpy(small).to(where)
    return Prediction(
        scores,
        on,
        named,
        as_grey(x, spec.picture)[0, 0].cpu().numpy(),
        picture_map(net, as_input(x, spec.picture), spec.labels.index(shown)),
    )


def write_prediction(folder: Path, prediction: Prediction) -> None:
    """``prediction.json``, and the picture beside its map as ``prediction.png`` and ``.svg``."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {"notice": NOTICE, **prediction.to_dict()}
    (folder / "prediction.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    write_figure_of(folder, "prediction", lambda figure: _draw(figure, prediction), _INCHES)


def draw_map(axes: "Axes", picture: NDArray[np.float32], activation: NDArray[np.float32]) -> None:
    """``picture`` (px, px) with ``activation`` over it; what lowers the score is not coloured."""
    hot = np.clip(activation / _FULL_COLOUR_LOGIT, 0.0, 1.0)
    rows, cols = picture.shape
    axes.imshow(picture, cmap="gray", vmin=0, vmax=1)
    axes.imshow(
        hot, cmap="inferno", vmin=0, vmax=1, alpha=0.6 * np.sqrt(hot),
        extent=(-0.5, cols - 0.5, rows - 0.5, -0.5), interpolation="bilinear",
    )  # fmt: skip
    axes.set_axis_off()


def _draw(figure: "Figure", prediction: Prediction) -> None:
    plain, mapped = figure.subplots(1, 2)
    plain.imshow(prediction.picture, cmap="gray", vmin=0, vmax=1)
    plain.set_axis_off()
    plain.set_title(f"Model: {prediction.named}", fontsize=9)
    draw_map(mapped, prediction.picture, prediction.activation)
    scores = ", ".join(f"{label} {score:.2f}" for label, score in prediction.scores.items())
    mapped.set_title(scores, fontsize=6, wrap=True)
