"""Which slices a study sees: as many of both classes, by slice and by patient, of equal sizes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.experiments.study.presets import PartCounts
from pe_models.training.pictures.arrays import PictureArrays
from pe_models.training.pictures.split import PictureSplit, SplitBy, split_pictures
from pe_models.training.pictures.table import PictureTable

Chosen = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """``splits`` are indices into ``table``, which holds what either of them needs.

    ``counts`` is what each split has: fewer than were wanted where the data have not as many.
    ``prevalence`` is the share of positive slices in all the data.
    """

    table: PictureTable
    splits: Mapping[SplitBy, PictureSplit]
    counts: PartCounts
    prevalence: float


def draw(table: PictureTable, wanted: PartCounts, *, seed: int) -> Drawing:
    """Deals slices, or patients, into three parts and draws both classes evenly from each.

    Slices of unknown label are left out. Raises DatasetError where a part has one class alone.
    """
    known = table.those(np.flatnonzero(~np.isnan(table.labels[:, 0])))
    if not len(known):
        raise DatasetError("None of the slices has a label.")
    dealt = {by: split_pictures(known, by=by, shares=wanted.parts) for by in SplitBy}
    is_positive = known.labels[:, 0] == 1
    counts = wanted.scaled(min(_share(split, wanted, is_positive) for split in dealt.values()))
    drawn = {
        by: _drawn(split, counts, is_positive, np.random.default_rng((seed, place)))
        for place, (by, split) in enumerate(dealt.items())
    }
    used = np.unique(np.concatenate([part for split in drawn.values() for part in _parts(split)]))
    splits = {
        by: PictureSplit(*(np.searchsorted(used, part) for part in _parts(split)))
        for by, split in drawn.items()
    }
    return Drawing(known.those(used), splits, counts, float(is_positive.mean()))


def splits_of(drawing: Drawing, arrays: PictureArrays) -> Mapping[SplitBy, PictureSplit]:
    """Indices into ``arrays``, which lacks what could not be read."""
    place = {picture.key: index for index, picture in enumerate(arrays.table.pictures)}
    pictures = drawing.table.pictures

    def present(part: Chosen) -> Chosen:
        keys = (pictures[int(index)].key for index in part)
        return np.array([place[key] for key in keys if key in place], dtype=np.intp)

    return {
        by: PictureSplit(*(present(part) for part in _parts(split)))
        for by, split in drawing.splits.items()
    }


def _parts(split: PictureSplit) -> tuple[Chosen, Chosen, Chosen]:
    return split.train, split.validation, split.test


def _share(split: PictureSplit, wanted: PartCounts, is_positive: NDArray[np.bool_]) -> float:
    """Of what is wanted, how much each part has of both classes; at most all."""
    shares = [
        2.0 * min(is_positive[part].sum(), (~is_positive[part]).sum()) / count
        for part, count in zip(_parts(split), wanted.parts, strict=True)
    ]
    return float(min(1.0, *shares))


def _drawn(
    split: PictureSplit,
    counts: PartCounts,
    is_positive: NDArray[np.bool_],
    rng: np.random.Generator,
) -> PictureSplit:
    def even(part: Chosen, count: int) -> Chosen:
        classes = (part[is_positive[part]], part[~is_positive[part]])
        halves = [rng.choice(members, count // 2, replace=False) for members in classes]
        return np.sort(np.concatenate(halves))

    return PictureSplit(*map(even, _parts(split), counts.parts))
