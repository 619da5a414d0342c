"""HeadTruth: what one head phantom holds, and which labels each of its slices has."""

from dataclasses import asdict, dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.geometry import Geometry
from pe_models.phantom.head import HEAD_VERSION
from pe_models.phantom.head.bleeds.bleed import SIDES, Bleed
from pe_models.phantom.head.head import KINDS, Head
from pe_models.tasks import HEMORRHAGE

VISIBLE_SHARE: Final = 0.4
"""A pixel shows blood from where blood fills so much of it, the slice's thickness included."""
_LEAST_MM2: Final = 30.0
"""Blood of a smaller area is on no reader's list."""


@dataclass(frozen=True, slots=True)
class BleedTruth:
    """``slices`` are the first and last that show it, slice 0 most inferior; None where none."""

    kind: str
    side: str
    hu: float
    volume_mm3: float
    slices: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class HeadTruth:
    """``labels`` (slice, label) are 0 or 1, in the order of the task's labels."""

    seed: int
    noise_hu: float
    bleeds: tuple[BleedTruth, ...]
    mimics: tuple[str, ...]
    labels: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, seed: int, head: Head, noise_hu: float, blood: NDArray[np.uint8],
           geometry: Geometry) -> Self:  # fmt: skip
        """The truth of ``blood`` [slice, row, col]: 0, or the place of its kind in KINDS + 1."""
        pixels = np.stack([(blood == n + 1).sum(axis=(1, 2)) for n in range(len(KINDS))], axis=1)
        is_seen = pixels * float(np.prod(geometry.spacing_mm[1:])) >= _LEAST_MM2  # (slice, kind)
        volumes = pixels.sum(axis=0) * float(np.prod(geometry.spacing_mm))
        return cls(
            seed=seed,
            noise_hu=noise_hu,
            bleeds=tuple(_bleed(bleed, is_seen, volumes) for bleed in head.bleeds),
            mimics=tuple(sorted(head.mimics)),
            labels=tuple(_row(seen) for seen in is_seen),
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "generator_version": HEAD_VERSION,
            "labels_are": HEMORRHAGE.labels,
            **asdict(self),
        }


def _bleed(bleed: Bleed, is_seen: NDArray[np.bool_], volumes: NDArray[np.float64]) -> BleedTruth:
    place = KINDS.index(bleed.kind)
    slices = np.flatnonzero(is_seen[:, place])
    return BleedTruth(
        kind=bleed.kind.value,
        side=SIDES[bleed.side],
        hu=bleed.hu,
        volume_mm3=float(volumes[place]),
        slices=(int(slices[0]), int(slices[-1])) if slices.size else None,
    )


def _row(seen: NDArray[np.bool_]) -> tuple[int, ...]:
    """The labels of one slice: each subcategory, then any."""
    named = {kind.value: int(here) for kind, here in zip(KINDS, seen, strict=True)}
    named[HEMORRHAGE.summary_label] = int(seen.any())
    return tuple(named[label] for label in HEMORRHAGE.labels)
