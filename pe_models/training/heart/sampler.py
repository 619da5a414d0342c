"""HeartSampler: which crops a step of the heart's net sees; a function of (seed, step, index)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pe_models.errors import DatasetError
from pe_models.nets.heart_net import Ventricle
from pe_models.preprocess import normalise, windowed
from pe_models.training.batches.crops import Crop, Scan, draw_crop
from pe_models.training.batches.parts import WHOLE, Part
from pe_models.training.heart.config import HeartConfig
from pe_models.training.store import Store, StudyRecord
from pe_models.training.store.tissue_labels import TissueLabel

_HELD_OUT: Final = 0xC0FFEE
"""Stands in for the seed where crops are not those of a step."""
_SEARCH_PX: Final = 8
"""The heart's place is found on every eighth row and column."""
_BEYOND_MM: Final = 25.0
"""So far below and above the ventricles slices are shown as often as theirs."""
_TISSUE_HU: Final = 80.0
_KNOTS: Final = 7
"""Along each side of a crop: patches of about 4 cm."""
_LABEL_OF: Final = {
    Ventricle.RIGHT: TissueLabel.RIGHT_VENTRICLE,
    Ventricle.LEFT: TissueLabel.LEFT_VENTRICLE,
}
NEITHER: Final = len(Ventricle)


@dataclass(frozen=True, slots=True, eq=False)
class HeartBatch:
    """``x`` (batch, 3, row, col), the net's input; ``target`` (batch, row, col), int64: a
    Ventricle, or NEITHER.
    """

    x: Tensor
    target: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class _Heart:
    """One study, the slices about its ventricles (inclusive), and their middle in a slice."""

    scan: Scan
    slices: tuple[int, int]
    middle: tuple[float, float]


class HeartSampler:
    """Crops about the hearts of labelled studies. Safe to be asked by several threads."""

    def __init__(self, store: Store, studies: Sequence[StudyRecord], config: HeartConfig) -> None:
        """Raises DatasetError where no study shows ventricles whose voxels are known."""
        found = (_heart(store, study) for study in studies if study.has_labels)
        self._hearts = [heart for heart in found if heart is not None]
        if not self._hearts:
            raise DatasetError("No study to train on says where its ventricles are.")
        self._config = config

    def batch(self, step: int, part: Part = WHOLE) -> HeartBatch:
        """The crops of one part of a step."""
        return self._batch((self._config.seed, step), part.of(range(self._config.steps.batch_size)))

    def held_out_batch(self, size: int) -> HeartBatch:
        """Crops that belong to no step, always the same."""
        return self._batch((_HELD_OUT, 0), range(size))

    def _batch(self, start: tuple[int, int], indices: Sequence[int]) -> HeartBatch:
        crops = [self._crop(np.random.default_rng((*start, index))) for index in indices]
        hu = torch.from_numpy(np.stack([crop.hu for crop in crops]))
        params = self._config.preprocessing
        return HeartBatch(
            normalise(windowed(hu, params), params),
            torch.from_numpy(np.stack([ventricles_of(crop.labels) for crop in crops])),
        )

    def _crop(self, rng: np.random.Generator) -> Crop:
        config, params = self._config, self._config.preprocessing
        heart = self._hearts[int(rng.integers(len(self._hearts)))]
        spread = rng.uniform(1.0 - config.neighbour_spread, 1.0 + config.neighbour_spread)
        crop = draw_crop(
            heart.scan,
            _place(heart, rng, config),
            rng,
            pixel_mm=params.pixel_mm or 1.0,
            neighbour_mm=None if params.neighbour_mm is None else params.neighbour_mm * spread,
            config=config.crops,
        )
        return Crop(crop.hu + _unevenness(crop.hu, rng, config.uneven), crop.labels)


def ventricles_of(labels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """TissueLabels -> a Ventricle or NEITHER, same shape."""
    found = np.full(labels.shape, NEITHER, dtype=np.int64)
    for ventricle, label in _LABEL_OF.items():
        found[labels == label] = ventricle
    return found


def _unevenness(
    hu: NDArray[np.float32], rng: np.random.Generator, most: float
) -> NDArray[np.float32]:
    """HU to add to (channel, row, col): a smooth field, times what is brighter than tissue."""
    knots = rng.uniform(-1.0, 1.0, (_KNOTS, _KNOTS)).astype(np.float32)
    rows, cols = hu.shape[1:]
    field = cv2.resize(knots, (cols, rows), interpolation=cv2.INTER_CUBIC)
    share = np.float32(rng.uniform(0.0, most))
    return np.asarray(share * field * np.maximum(hu - np.float32(_TISSUE_HU), np.float32(0.0)))


def _heart(store: Store, study: StudyRecord) -> _Heart | None:
    """None where the study shows no ventricle."""
    labels = store.labels(study)[:, ::_SEARCH_PX, ::_SEARCH_PX]
    cells = np.argwhere(ventricles_of(labels) != NEITHER)
    if not len(cells):
        return None
    beyond = round(_BEYOND_MM / study.spacing_mm[0])
    first, last = cells[:, 0].min() - beyond, cells[:, 0].max() + beyond
    row, col = (_SEARCH_PX * cells[:, 1:].mean(axis=0)).tolist()
    scan = Scan(store.hu(study), store.labels(study), study.spacing_mm)
    return _Heart(scan, (max(0, int(first)), min(study.n_slices - 1, int(last))), (row, col))


def _place(heart: _Heart, rng: np.random.Generator, config: HeartConfig) -> tuple[int, int, int]:
    """About the heart, or with the chance ``beyond`` anywhere in the chest."""
    n_slices, rows, cols = heart.scan.hu.shape
    if rng.random() < config.beyond:
        return int(rng.integers(n_slices)), int(rng.integers(rows)), int(rng.integers(cols))
    first, last = heart.slices
    row, col = (
        at + rng.normal(0.0, config.away_mm) / mm
        for at, mm in zip(heart.middle, heart.scan.spacing_mm[1:], strict=True)
    )
    return (
        int(rng.integers(first, last + 1)),
        int(np.clip(row, 0, rows - 1)),
        int(np.clip(col, 0, cols - 1)),
    )
