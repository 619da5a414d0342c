"""CropSampler: which crops a step of dense training sees; a function of (seed, step, index)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from pe_models.bundle import Preprocessing
from pe_models.errors import DatasetError
from pe_models.preprocess import in_windows, normalise
from pe_models.training.batches.crops import Crop, Scan, draw_crop
from pe_models.training.batches.parts import WHOLE, Part
from pe_models.training.config import CropConfig
from pe_models.training.losses.tissues import clot_shares
from pe_models.training.store import Store, StudyRecord
from pe_models.training.store.places import PlaceKind, Places, places_of

Source = tuple[Store, Sequence[StudyRecord]]
"""Studies, and the store that has their arrays."""

_HELD_OUT: Final = 0xC0FFEE
"""Stands in for the seed where crops are not those of a step."""


@dataclass(frozen=True, slots=True, eq=False)
class CropBatch:
    """``x`` (batch, channels, row, col), the net's input; ``labels`` (batch, row, col), uint8;
    ``shares`` (batch, map_row, map_col) as ``clot_shares`` gives them.
    """

    x: Tensor
    labels: Tensor
    shares: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class _Spots:
    """Places of one kind in one study."""

    study: int
    places: Places


class CropSampler:
    """Crops at clots, arteries, lookalikes and earlier mistakes, and anywhere in the body.

    Every study that has places of a kind is as likely as the others; every kind of lookalike too.
    Safe to be asked by several threads.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        config: CropConfig,
        params: Preprocessing,
        seed: int,
        mistakes: Mapping[str, Places] | None = None,
    ) -> None:
        """``mistakes`` are places by study. Raises DatasetError where no study has labels, or an
        array of a store is damaged.
        """
        if params.pixel_mm is None:
            raise DatasetError("Crops need a fixed scale; set preprocessing.pixel_mm.")
        labelled = [(store, s) for store, studies in sources for s in studies if s.has_labels]
        if not labelled:
            raise DatasetError("No study to train on says what its voxels are.")
        self._pixel_mm, self._params, self._config, self._seed = (
            params.pixel_mm,
            params,
            config,
            seed,
        )
        self._scans = [Scan(at.hu(s), at.labels(s), s.spacing_mm) for at, s in labelled]
        tables = [at.places(study) for at, study in labelled]
        self._spots = {
            kind: list(_spots([places_of(table, kind) for table in tables])) for kind in PlaceKind
        }
        self._lookalikes = _lookalikes([study for _, study in labelled])
        nowhere = np.empty((0, 3), dtype=np.int64)
        self._mistakes = list(_spots([(mistakes or {}).get(s.key, nowhere) for _, s in labelled]))

    def batch(self, step: int, size: int, part: Part = WHOLE) -> CropBatch:
        """The crops of one part of a step of ``size`` crops."""
        return self._batch((self._seed, step), part.of(range(size)))

    def held_out_batch(self, size: int) -> CropBatch:
        """Crops that belong to no step, always the same."""
        return self._batch((_HELD_OUT, 0), range(size))

    def _batch(self, start: tuple[int, int], indices: Sequence[int]) -> CropBatch:
        crops = [self._crop(np.random.default_rng((*start, index))) for index in indices]
        hu = torch.from_numpy(np.stack([crop.hu for crop in crops]))
        return CropBatch(
            normalise(in_windows(hu, self._params), self._params),
            torch.from_numpy(np.stack([crop.labels for crop in crops])),
            torch.from_numpy(np.stack([clot_shares(crop.labels) for crop in crops])),
        )

    def _crop(self, rng: np.random.Generator) -> Crop:
        spots = self._drawn(rng)
        place = spots.places[int(rng.integers(len(spots.places)))]
        return draw_crop(
            self._scans[spots.study],
            place,
            rng,
            pixel_mm=self._pixel_mm,
            neighbour_mm=self._params.neighbour_mm,
            reach=self._params.reach,
            config=self._config,
        )

    def _drawn(self, rng: np.random.Generator) -> _Spots:
        """A kind by its share, then one of the studies that have it."""
        config = self._config
        among: Sequence[_Spots] = self._spots[PlaceKind.BODY]
        share = rng.random()
        if share < config.at_clots:
            among = self._spots[PlaceKind.CLOT] or among
        elif share < config.at_clots + config.at_arteries:
            among = self._spots[PlaceKind.ARTERY] or among
        elif share < config.at_clots + config.at_arteries + config.at_lookalikes:
            kinds = self._lookalikes
            among = kinds[int(rng.integers(len(kinds)))] if kinds else among
        elif share > 1.0 - config.at_mistakes:
            among = self._mistakes or among
        return among[int(rng.integers(len(among)))]


def _spots(places_of_study: Sequence[Places]) -> Iterator[_Spots]:
    for study, places in enumerate(places_of_study):
        if len(places):
            yield _Spots(study, places)


def _lookalikes(studies: Sequence[StudyRecord]) -> list[list[_Spots]]:
    """Spots by the kind of what lies there, so that few nodules are seen as often as many nodes."""
    kinds = sorted({look.kind for study in studies for look in study.lookalikes})
    found = []
    for kind in kinds:
        of_study = [[k.slice_row_col for k in s.lookalikes if k.kind == kind] for s in studies]
        found.append(
            [_Spots(i, np.array(at, dtype=np.int64)) for i, at in enumerate(of_study) if at]
        )
    return found
