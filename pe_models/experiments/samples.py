"""Sample pictures of a data set, and maps of a net beside the pictures they are of."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from numpy.typing import NDArray

from pe_models.explain import picture_map
from pe_models.figures import write_figure_of
from pe_models.nets.pictures.inference import picture_scores
from pe_models.pictures import as_grey, as_input
from pe_models.pipeline.predicting import draw_map
from pe_models.tasks import PictureInput
from pe_models.training.pictures.arrays import PictureArrays
from pe_models.training.pictures.split import PictureSplit
from pe_models.training.pictures.train import TrainedPictures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_EACH: Final = 3
"""Pictures of each label, and of none."""
_CELL_INCHES: Final = 1.9


def write_samples(folder: Path, arrays: PictureArrays, split: PictureSplit) -> None:
    """``samples``: some training pictures of each label and of none, as the nets see them."""
    rows = _some_of_each(arrays, split.train)
    params = arrays.table.task.picture
    size = (_CELL_INCHES * _EACH, _CELL_INCHES * len(rows) + 0.4)
    write_figure_of(folder, "samples", lambda figure: _draw(figure, arrays, params, rows), size)


def write_maps(
    folder: Path, trained: TrainedPictures, arrays: PictureArrays, split: PictureSplit
) -> None:
    """``maps``: pictures that the net never saw, each beside its map for its row's label."""
    rows = _some_of_each(arrays, split.test)
    rows.pop(NOTHING, None)
    size = (_CELL_INCHES * 2 * _EACH, _CELL_INCHES * len(rows) + 0.4)
    write_figure_of(folder, "maps", lambda figure: _draw_maps(figure, trained, arrays, rows), size)


NOTHING: Final = "none"
"""The name of the row of pictures without any label."""


def _some_of_each(arrays: PictureArrays, part: NDArray[np.intp]) -> dict[str, list[int]]:
    """Pictures of ``part`` by what is on them; a picture of several labels is in the first row."""
    labels, task = arrays.table.labels[part], arrays.table.task
    rows = {kind: part[labels[:, task.labels.index(kind)] == 1] for kind in task.kinds}
    rows[NOTHING] = part[(labels == 0).all(axis=1)]
    return {name: _spread(members) for name, members in rows.items() if members.size}


def _spread(members: NDArray[np.intp]) -> list[int]:
    """A few, as far apart in the table as they lie."""
    places = np.linspace(0, len(members) - 1, min(_EACH, len(members))).round().astype(int)
    return [int(members[place]) for place in places]


def _draw(
    figure: "Figure", arrays: PictureArrays, params: PictureInput, rows: dict[str, list[int]]
) -> None:
    grid = figure.subplots(len(rows), _EACH, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for line, (name, members) in zip(grid, rows.items(), strict=True):
        for axes, index in zip(line, members, strict=False):
            axes.imshow(_grey(arrays, params, index), cmap="gray", vmin=0, vmax=1)
            axes.set_title(name, fontsize=7)


def _draw_maps(
    figure: "Figure", trained: TrainedPictures, arrays: PictureArrays, rows: dict[str, list[int]]
) -> None:
    grid = figure.subplots(len(rows), 2 * _EACH, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    labels, cpu = arrays.table.task.labels, torch.device("cpu")
    for line, (name, members) in zip(grid, rows.items(), strict=True):
        for place, index in enumerate(members):
            small = arrays.small[index : index + 1]
            grey, label = _grey(arrays, trained.params, index), labels.index(name)
            score = picture_scores(trained.net, small, trained.params, cpu)[0, label]
            x = as_input(torch.from_numpy(np.array(small)), trained.params)
            values = picture_map(trained.net, x, label)
            plain, mapped = line[2 * place], line[2 * place + 1]
            plain.imshow(grey, cmap="gray", vmin=0, vmax=1)
            draw_map(mapped, grey, values)
            plain.set_title(name, fontsize=7)
            mapped.set_title(f"score {score:.2f}", fontsize=7)


def _grey(arrays: PictureArrays, params: PictureInput, index: int) -> NDArray[np.float32]:
    """(px, px) of the first channel."""
    small = torch.from_numpy(np.array(arrays.small[index : index + 1]))
    grey: NDArray[np.float32] = as_grey(small, params)[0, 0].numpy()
    return grey
