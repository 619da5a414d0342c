"""Scorers: what gives each slice of a Volume a score, and points at where it comes from.

A scorer is a function ``(Volume, slice indices) -> Scores``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from pe_models.bundle import ModelBundle, Preprocessing
from pe_models.explain import maps_over_input, own_method, within_crop
from pe_models.findings import Crop, Heatmap
from pe_models.imaging.volume import Volume
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.inference import SliceReader
from pe_models.nets.load import SliceNet, load_nets
from pe_models.nets.slice_output import SliceOutput
from pe_models.nets.tissues import STRIDE, Tissue, evidence_logit
from pe_models.pipeline import Pipeline
from pe_models.preprocess import framed_sides, hu_tensor, slice_inputs
from pe_models.training.run import open_run
from pe_models.training.weights.nets import StageName, fill_from_checkpoint, fresh_nets

Floats = NDArray[np.float64]

_LEAST_PEAK: Final = 0.02
_NEAR_CELLS: Final = 2
_PEAK_CELLS: Final = 3
"""Of two peaks nearer than half of this the higher is kept."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A peak of a slice's map, at a voxel of the Volume."""

    slice_index: int
    row: float
    col: float
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """One score a slice asked for, in their order, and the peaks of their maps."""

    slice_indices: tuple[int, ...]
    scores: Floats
    marks: tuple[Mark, ...]


Scorer = Callable[[Volume, Sequence[int]], Scores]


class PipelineScorer:
    """A bundle through the Pipeline, as the reading room runs it.

    The whole Volume is analysed, for the sequence net looks along it; marks are the peaks of the
    maps, their scores those of logits.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def __call__(self, volume: Volume, slice_indices: Sequence[int]) -> Scores:
        analysis = self._pipeline.analyze(volume)
        scores = np.array([s.pe_score for s in analysis.findings.slices], dtype=np.float64)
        wanted = tuple(slice_indices)
        marks = [m for k in wanted for m in _marks_of_heatmap(analysis.heatmaps[k])]
        return Scores(wanted, scores[list(wanted)], tuple(marks))


class MapScorer:
    """The clot maps of a bundle as the Pipeline makes them, refined where it refines them.

    A slice's score is the evidence of its own map, whatever the sequence net would make of it.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def __call__(self, volume: Volume, slice_indices: Sequence[int]) -> Scores:
        analysis = self._pipeline.analyze(volume)
        if analysis.evidence is None:
            raise TypeError("a bundle without maps has no evidence of its own")
        wanted = tuple(slice_indices)
        clot = torch.from_numpy(analysis.evidence.clot[list(wanted)].astype(np.float32))
        scores = evidence_logit(clot.sigmoid()).double().sigmoid().numpy()
        marks = [m for k in wanted for m in _marks_of_heatmap(analysis.heatmaps[k])]
        return Scores(wanted, scores, tuple(marks))


class SliceNetScorer:
    """A dense slice net alone, on whole slices; a slice's score is that of its own logit."""

    def __init__(self, net: DenseSliceNet, params: Preprocessing) -> None:
        self._net = net.eval().to(memory_format=torch.channels_last)
        self._reader = SliceReader.of(self._net)
        self._params = params

    @classmethod
    def of_run(cls, folder: Path) -> "SliceNetScorer":
        """The slice net of a run whose slice stage is done. Raises PEError."""
        run = open_run(folder)
        nets = fresh_nets(run.config())
        fill_from_checkpoint(nets.slice_classifier, run, StageName.SLICE)
        return cls(_dense(nets.slice_classifier), run.config().preprocessing)

    @classmethod
    def of_bundle(cls, bundle: ModelBundle) -> "SliceNetScorer":
        """Raises PEError."""
        nets = load_nets(bundle, torch.device("cpu"))
        return cls(_dense(nets.slice_classifier), bundle.preprocessing)

    def __call__(self, volume: Volume, slice_indices: Sequence[int]) -> Scores:
        wanted = tuple(slice_indices)
        scores, marks = [], []
        for index in wanted:
            score, heatmap = self._answer(volume, index)
            scores.append(score)
            marks += _marks_of_heatmap(heatmap)
        return Scores(wanted, np.asarray(scores), tuple(marks))

    def tissues_at(self, volume: Volume, voxel: tuple[int, int, int]) -> dict[Tissue, float]:
        """The highest of each map in [0, 1] within two cells of ``voxel`` (slice, row, col)."""
        index, *place = voxel
        whole = _whole(volume)
        tissues = self._output(self._input(volume, index)).tissues
        sides = framed_sides(whole, volume.geometry.spacing_mm, self._params)
        if tissues is None or sides is None:
            raise TypeError("a dense slice net has maps, and a fixed scale")
        row, col = (
            int(((at + 0.5) * side.px / n + side.before) / STRIDE)
            for at, side, n in zip(place, sides, volume.geometry.shape[1:], strict=True)
        )
        about = tissues[0, :, _near(row), _near(col)].sigmoid().amax((1, 2))
        return {tissue: float(about[tissue]) for tissue in Tissue}

    def _answer(self, volume: Volume, index: int) -> tuple[float, Heatmap]:
        whole, x = _whole(volume), self._input(volume, index)
        output = self._output(x)
        sides = framed_sides(whole, volume.geometry.spacing_mm, self._params)
        (over_input,) = maps_over_input(self._net, output.activation, x)
        values = within_crop(over_input, sides)
        score = float(output.logit.double().sigmoid())
        return score, Heatmap(index, values, whole, own_method(self._net))

    def _input(self, volume: Volume, index: int) -> Tensor:
        return slice_inputs(
            hu_tensor(volume.hu),
            [index],
            crop=_whole(volume),
            spacing_mm=volume.geometry.spacing_mm,
            params=self._params,
        )

    def _output(self, x: Tensor) -> SliceOutput:
        return self._reader(x.contiguous(memory_format=torch.channels_last))


def _whole(volume: Volume) -> Crop:
    _, rows, cols = volume.geometry.shape
    return Crop(0, rows, 0, cols)


def _near(cell: int) -> slice:
    return slice(max(0, cell - _NEAR_CELLS), cell + _NEAR_CELLS + 1)


def _dense(net: SliceNet) -> DenseSliceNet:
    if not isinstance(net, DenseSliceNet):
        raise TypeError("a pooled slice net points at nothing finer than its grid")
    return net


def _marks_of_heatmap(heatmap: Heatmap) -> list[Mark]:
    crop, (rows, cols) = heatmap.crop, heatmap.values.shape
    high, wide = (crop.row_max - crop.row_min) / rows, (crop.col_max - crop.col_min) / cols
    cells = 1.0 / (1.0 + np.exp(-heatmap.values.astype(np.float64)))

    def to_voxel(row: float, col: float) -> tuple[float, float]:
        return crop.row_min + (row + 0.5) * high - 0.5, crop.col_min + (col + 0.5) * wide - 0.5

    highest = ndimage.maximum_filter(cells, _PEAK_CELLS)
    peaks = np.argwhere((cells == highest) & (cells > _LEAST_PEAK))
    return [
        Mark(heatmap.slice_index, *to_voxel(float(r), float(c)), float(cells[r, c]))
        for r, c in peaks
    ]
