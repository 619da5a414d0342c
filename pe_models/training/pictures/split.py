"""Which pictures are trained on, which choose the weights, and which measure them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import DatasetError
from pe_models.training.pictures.table import PictureTable

SHARES: Final = (0.8, 0.1, 0.1)
"""To train on, to choose by, and to measure on."""


class SplitBy(StrEnum):
    PATIENT = "patient"
    """No patient's pictures are in two parts."""
    SLICE = "slice"
    """Neighbouring slices of one patient may be in two parts, and what is measured is flattered."""


@dataclass(frozen=True, slots=True, eq=False)
class PictureSplit:
    """Indices into a table: to train on, to choose weights by, and to measure."""

    train: NDArray[np.intp]
    validation: NDArray[np.intp]
    test: NDArray[np.intp]


def split_pictures(
    table: PictureTable,
    *,
    by: SplitBy = SplitBy.PATIENT,
    shares: Sequence[float] = SHARES,
    name: str = "default",
) -> PictureSplit:
    """Deals patients (or pictures) out by ``shares``, those with the summary label by themselves.

    Each part gets its share of those with each kind too, as far as there are enough. The order is
    a hash of ``name`` and key, so that it is the same on every machine. Raises
    DatasetError where a part would get none with, or none without.
    """
    units = table.patients if by is SplitBy.PATIENT else np.arange(len(table))
    is_positive = table.labels[:, table.task.labels.index(table.task.summary_label)] == 1
    part_of: dict[int, int] = {}
    for with_label in (True, False):
        ours = _ranked(table, units, is_positive, name, with_label=with_label)
        part_of |= dict(zip(ours, _parts(len(ours), shares), strict=True))
    parts = np.array([part_of[int(unit)] for unit in units], dtype=np.intp)
    _require_both(parts, is_positive)
    train, validation, test = (np.flatnonzero(parts == part) for part in range(3))
    return PictureSplit(train, validation, test)


def _ranked(
    table: PictureTable,
    units: NDArray[np.intp],
    is_positive: NDArray[np.bool_],
    name: str,
    *,
    with_label: bool,
) -> list[int]:
    """Units with the label on any picture, or on none, in the order of the name's hash."""
    positive = set(np.unique(units[is_positive]).tolist())
    first = dict(zip(units[::-1].tolist(), (p.key for p in table.pictures[::-1]), strict=True))
    ours = [unit for unit in first if (unit in positive) is with_label]
    ours.sort(key=lambda unit: hashlib.sha256(f"{name} {first[unit]}".encode()).digest())
    return _interleaved(ours, _rarest_labels(table, units))


def _interleaved(ours: list[int], group_of: Mapping[int, int]) -> list[int]:
    """``ours`` in an order of which each stretch holds as much of every group as there is."""
    groups: dict[int, list[int]] = {}
    for unit in ours:
        groups.setdefault(group_of[unit], []).append(unit)
    depth = {
        unit: (rank + 0.5) / len(members)
        for members in groups.values()
        for rank, unit in enumerate(members)
    }
    return sorted(ours, key=depth.__getitem__)


def _rarest_labels(table: PictureTable, units: NDArray[np.intp]) -> dict[int, int]:
    """Of each unit the place of the label that it has and that fewest units have; -1 for none."""
    names, of_unit = np.unique(units, return_inverse=True)
    has = np.zeros((len(names), table.labels.shape[1]), dtype=np.bool_)
    np.logical_or.at(has, of_unit, table.labels == 1)
    counts = has.sum(axis=0)
    rarest = np.where(has, counts, len(names) + 1).argmin(axis=1)
    places = np.where(has.any(axis=1), rarest, -1)
    return dict(zip(names.tolist(), places.tolist(), strict=True))


def _parts(n: int, shares: Sequence[float]) -> NDArray[np.intp]:
    """The part of each of ``n`` units, in order; each part gets one where there are enough."""
    ends = np.round(np.cumsum(shares) / sum(shares) * n).astype(np.intp)
    if n >= len(shares):
        for place in range(len(shares)):  # from the front, at least one each
            ends[place] = max(ends[place], place + 1)
        for place in reversed(range(len(shares))):  # from the back, as many left over
            ends[place] = min(ends[place], n - (len(shares) - 1 - place))
    return np.searchsorted(ends, np.arange(n), side="right")


def _require_both(parts: NDArray[np.intp], is_positive: NDArray[np.bool_]) -> None:
    for part, what in enumerate(("to train on", "to choose by", "to measure on")):
        ours = is_positive[parts == part]
        if not ours.any() or ours.all():
            raise DatasetError(
                f"Too few pictures or patients: those {what} would all be of one class."
            )
