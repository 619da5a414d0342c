"""The pointing game: how often the hottest place of a map lies within a box of what it is about.

Zhang et al., Int J Comput Vis 2018, 10.1007/s11263-017-1059-x.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from pe_models.explain import picture_map
from pe_models.metrics import Proportion
from pe_models.nets.pictures import PictureNet
from pe_models.pictures import as_input, read_picture
from pe_models.tasks import PictureInput
from pe_models.training.pictures.arrays import PictureArrays
from pe_models.training.pictures.layouts.rsna2018 import OpacityBox

Boxes = Mapping[str, tuple[OpacityBox, ...]]
"""By the key of a Picture."""

_CELLS: Final = 64
"""Along a side of the grid on which the share of a picture within boxes is counted."""


@dataclass(frozen=True, slots=True)
class Pointing:
    """``hits`` of the pictures that have boxes; ``by_chance`` is the mean share of a picture that
    lies within its boxes, which is how often a place drawn at random would hit.
    """

    hits: Proportion
    by_chance: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "n": self.hits.n,
            "n_hits": self.hits.n_hits,
            "share": self.hits.value,
            "interval": list(self.hits.interval),
            "by_chance": self.by_chance,
        }


def pointing_of(
    net: PictureNet,
    params: PictureInput,
    arrays: PictureArrays,
    part: NDArray[np.intp],
    boxes: Boxes,
) -> Pointing | None:
    """Of the pictures ``part`` of the table, by the maps of ``net`` for its summary label; None
    without boxes.

    Raises as ``read_picture``: what a box means depends on the size of the picture as stored.
    """
    task = arrays.table.task
    label = task.labels.index(task.summary_label)
    hits: list[bool] = []
    shares: list[float] = []
    for index in part:
        picture = arrays.table.pictures[int(index)]
        found = boxes.get(picture.key, ())
        if found:
            shape = read_picture(picture.path, picture.index).values.shape
            squares = [_within_square(box, (shape[0], shape[1])) for box in found]
            small = torch.from_numpy(np.array(arrays.small[index : index + 1]))
            values = picture_map(net, as_input(small, params), label)
            hits.append(_holds(squares, *_hottest(values)))
            shares.append(_share(squares))
    if not hits:
        return None
    return Pointing(Proportion(sum(hits), len(hits)), float(np.mean(shares)))


def _within_square(box: OpacityBox, shape: tuple[int, int]) -> OpacityBox:
    """A box of a picture of ``shape`` in shares of the square that it is padded to."""
    (rows, cols), side = shape, max(shape)
    x, y, width, height = box
    left, top = (side - cols) // 2, (side - rows) // 2
    return (x + left) / side, (y + top) / side, width / side, height / side


def _hottest(values: NDArray[np.float32]) -> tuple[float, float]:
    """The middle of the highest cell of a map: x, y in shares of its sides."""
    row, col = np.unravel_index(int(values.argmax()), values.shape)
    return (float(col) + 0.5) / values.shape[1], (float(row) + 0.5) / values.shape[0]


def _holds(boxes: list[OpacityBox], x: float, y: float) -> bool:
    return any(
        left <= x <= left + width and top <= y <= top + height for left, top, width, height in boxes
    )


def _share(boxes: list[OpacityBox]) -> float:
    """The share of the square within any of ``boxes``."""
    places = (np.arange(_CELLS) + 0.5) / _CELLS
    return float(np.mean([[_holds(boxes, x, y) for x in places] for y in places]))
