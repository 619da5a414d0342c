"""Scorers: what gives each slice of a Volume a score, and points at where it comes from.

A scorer is a function ``(Volume, slice indices) -> Scores``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from scipy import ndimage

from benchmarks.transfer.dense_net import (
    PIXEL_MM,
    STRIDE,
    DenseNet,
    clot_map,
    window_inputs,
)
from benchmarks.transfer.phantom_cache import CHANNEL_MM
from pe_models.findings import Heatmap
from pe_models.imaging.volume import Volume
from pe_models.pipeline import Pipeline
from pe_models.preprocess import neighbours

Floats = NDArray[np.float64]

_PAD_TO_PX: Final = 32
_AIR_HU: Final = -1000.0
_LEAST_PEAK: Final = 0.02
_PEAK_CELLS: Final = 7
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
    class activation maps, their scores those of logits.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def __call__(self, volume: Volume, slice_indices: Sequence[int]) -> Scores:
        analysis = self._pipeline.analyze(volume)
        scores = np.array([s.pe_score for s in analysis.findings.slices], dtype=np.float64)
        wanted = tuple(slice_indices)
        marks = [m for k in wanted for m in _marks_of_heatmap(analysis.heatmaps[k])]
        return Scores(wanted, scores[list(wanted)], tuple(marks))


class DenseScorer:
    """The small dense net; a slice's score is the highest cell of its map."""

    def __init__(self, net: DenseNet) -> None:
        self._net = net.eval().to(memory_format=torch.channels_last)

    @classmethod
    def load(cls, weights: Path) -> "DenseScorer":
        net = DenseNet()
        net.load_state_dict(load_file(weights))
        return cls(net)

    def __call__(self, volume: Volume, slice_indices: Sequence[int]) -> Scores:
        wanted = tuple(slice_indices)
        triplets = neighbours(
            wanted,
            n_slices=volume.n_slices,
            slice_mm=volume.geometry.spacing_mm[0],
            neighbour_mm=CHANNEL_MM,
        ).tolist()
        scores, marks = [], []
        for index, triplet in zip(wanted, triplets, strict=True):
            cells = self.map_of(volume, triplet)
            scores.append(float(cells.max()))
            marks += _marks(index, cells, _to_voxel(volume))
        return Scores(wanted, np.asarray(scores), tuple(marks))

    @torch.inference_mode()
    def map_of(self, volume: Volume, triplet: Sequence[int]) -> NDArray[np.float32]:
        """The clot map (map_row, map_col) of a slice by its neighbour below, itself, and above."""
        hu = np.stack([_resampled(volume, k) for k in triplet])
        maps = clot_map(self._net(window_inputs(torch.from_numpy(hu)[None])))
        return np.asarray(maps[0].numpy(), dtype=np.float32)


def _resampled(volume: Volume, index: int) -> NDArray[np.float32]:
    """The slice (row, col) at PIXEL_MM, its borders filled up with air."""
    _, row_mm, col_mm = volume.geometry.spacing_mm
    rows, cols = volume.geometry.shape[1:]
    size = (round(cols * col_mm / PIXEL_MM), round(rows * row_mm / PIXEL_MM))
    hu = cv2.resize(volume.hu[index].astype(np.float32), size, interpolation=cv2.INTER_AREA)
    fill = [(0, -n % _PAD_TO_PX) for n in hu.shape]
    return np.pad(hu, fill, constant_values=_AIR_HU)


def _to_voxel(volume: Volume) -> Callable[[float, float], tuple[float, float]]:
    """Map cell -> row and column of the Volume."""
    _, row_mm, col_mm = volume.geometry.spacing_mm
    step_mm = STRIDE * PIXEL_MM

    def to_voxel(row: float, col: float) -> tuple[float, float]:
        return (row + 0.5) * step_mm / row_mm - 0.5, (col + 0.5) * step_mm / col_mm - 0.5

    return to_voxel


def _marks_of_heatmap(heatmap: Heatmap) -> list[Mark]:
    crop, (rows, cols) = heatmap.crop, heatmap.values.shape
    high, wide = (crop.row_max - crop.row_min) / rows, (crop.col_max - crop.col_min) / cols
    cells = 1.0 / (1.0 + np.exp(-heatmap.values.astype(np.float64)))

    def to_voxel(row: float, col: float) -> tuple[float, float]:
        return crop.row_min + (row + 0.5) * high - 0.5, crop.col_min + (col + 0.5) * wide - 0.5

    return _marks(heatmap.slice_index, cells.astype(np.float32), to_voxel, near_cells=3)


def _marks(
    slice_index: int,
    cells: NDArray[np.float32],
    to_voxel: Callable[[float, float], tuple[float, float]],
    *,
    near_cells: int = _PEAK_CELLS,
) -> list[Mark]:
    highest = ndimage.maximum_filter(cells, near_cells)
    peaks = np.argwhere((cells == highest) & (cells > _LEAST_PEAK))
    return [Mark(slice_index, *to_voxel(float(r), float(c)), float(cells[r, c])) for r, c in peaks]
