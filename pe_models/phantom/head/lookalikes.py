"""Lookalikes: bright things that are no blood, dark ones that are no swelling about it."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.head.brain import Spaces
from pe_models.phantom.head.pose import Plane
from pe_models.phantom.head.solids import solid, within_all
from pe_models.phantom.head.spec import HeadMimic
from pe_models.phantom.shapes import Field, Point, coverage

_SHARE: Final[dict[HeadMimic, float]] = {
    HeadMimic.CALCIFIED_PLEXUS: 0.5,
    HeadMimic.CALCIFIED_FALX: 0.25,
    HeadMimic.BEAM_HARDENING: 0.5,
    HeadMimic.DENSE_SINUSES: 0.3,
    HeadMimic.MENINGIOMA: 0.07,
    HeadMimic.OLD_INFARCT: 0.15,
    HeadMimic.MOTION: 0.12,
}
"""How often a head has each."""
_PLEXUS: Final = (21.0, 33.0, 9.0)
_PINEAL: Final = (0.0, 27.0, 1.0)


@dataclass(frozen=True, slots=True)
class Spot:
    """An ellipsoid of one density; ``in_brain`` where only brain takes it, not the fluid."""

    centre: Point
    radii: Point
    hu: float
    in_brain: bool = False

    def paint(self, plane: Plane, spaces: Spaces) -> None:
        here = solid(plane, self.centre, self.radii)
        within = spaces.brain if self.in_brain else spaces.shell.cavity
        edge = plane.edge_mm + 4.0 * self.in_brain  # what has died fades into what has not
        plane.paint(coverage(within_all(here, within), edge), self.hu)


@dataclass(frozen=True, slots=True)
class Lookalikes:
    """The spots of one head, and how far its bones darken (HU) what lies between them."""

    spots: tuple[Spot, ...]
    between_bones_hu: float
    near_bone_hu: float

    @classmethod
    def draw(cls, seed: int, mimics: frozenset[HeadMimic]) -> Self:
        rng = stream(seed, "head lookalikes")
        spots = [
            *_calcified_plexus(rng, mimics),
            *_calcified_falx(rng, mimics),
            *_meningioma(rng, mimics),
            *_old_infarct(rng, mimics),
        ]
        dark = rng.uniform(9, 24) if HeadMimic.BEAM_HARDENING in mimics else rng.uniform(1, 5)
        return cls(tuple(spots), float(dark), float(rng.uniform(1.0, 5.0)))

    def paint(self, plane: Plane, spaces: Spaces) -> None:
        for spot in self.spots:
            spot.paint(plane, spaces)

    def harden(self, plane: Plane, cavity: Field) -> None:
        """What the bones do to the beam: brain beside them brightens, between them it darkens."""
        inside = coverage(cavity, 2.0)
        rim = np.float32(self.near_bone_hu) * np.exp(np.minimum(cavity, 0.0) / 5.0)
        level = np.exp(-(((plane.z + 40.0) / 8.0) ** 2))
        across = np.exp(-((np.abs(plane.x) / 34.0) ** 6))
        bars = np.exp(-(((plane.y - 10.0) / 5.0) ** 2)) - 0.45 * np.sin(0.42 * plane.y) ** 2
        dark = np.float32(self.between_bones_hu) * level * across * bars
        np.add(plane.hu, inside * (rim - dark), out=plane.hu, casting="same_kind")


def draw_head_mimics(seed: int, asked: tuple[HeadMimic, ...] | None) -> frozenset[HeadMimic]:
    """Those asked for; None leaves the choice to the seed."""
    if asked is not None:
        return frozenset(asked)
    drawn = stream(seed, "head mimics").random(len(_SHARE))
    return frozenset(m for m, chance in zip(_SHARE, drawn, strict=True) if chance < _SHARE[m])


def _calcified_plexus(rng: np.random.Generator, mimics: frozenset[HeadMimic]) -> list[Spot]:
    x, y, z = _PLEXUS
    sizes, hu, shift = rng.uniform(1.5, 4.5, 3), rng.uniform(90, 420, 3), rng.normal(0, 1.5, 2)
    if HeadMimic.CALCIFIED_PLEXUS not in mimics:
        return []
    pineal = Spot(_PINEAL, _round(0.8 * sizes[2]), float(hu[2]))
    return [
        Spot((x, y + float(shift[0]), z), _round(sizes[0]), float(hu[0])),
        Spot((-x, y + float(shift[1]), z), _round(sizes[1]), float(hu[1])),
        pineal,
    ]


def _calcified_falx(rng: np.random.Generator, mimics: frozenset[HeadMimic]) -> list[Spot]:
    y, z, length = rng.uniform(-55, -20), rng.uniform(38, 60), rng.uniform(5, 16)
    hu = rng.uniform(120, 420)
    if HeadMimic.CALCIFIED_FALX not in mimics:
        return []
    return [Spot((0.0, float(y), float(z)), (1.8, float(length), 5.0), float(hu))]


def _meningioma(rng: np.random.Generator, mimics: frozenset[HeadMimic]) -> list[Spot]:
    """A round mass on the inner table or the falx."""
    azimuth, up, radius = rng.uniform(0, 6.28), rng.uniform(0.1, 0.9), rng.uniform(7, 16)
    hu = rng.uniform(46, 60)
    if HeadMimic.MENINGIOMA not in mimics:
        return []
    flat = 66.0 * float(np.cos(up))
    centre = (0.82 * flat * float(np.cos(azimuth)), 1.1 * flat * float(np.sin(azimuth)),
              68.0 * float(np.sin(up)))  # fmt: skip
    return [Spot(centre, _round(radius), float(hu))]


def _old_infarct(rng: np.random.Generator, mimics: frozenset[HeadMimic]) -> list[Spot]:
    side, y, z = rng.choice((-1, 1)), rng.uniform(-40, 50), rng.uniform(-5, 40)
    radii, hu = rng.uniform(8, 24, 3), rng.uniform(9, 20)
    if HeadMimic.OLD_INFARCT not in mimics:
        return []
    size = (float(radii[0]), float(radii[1]), float(radii[2]))
    return [Spot((float(side) * 42.0, float(y), float(z)), size, float(hu), in_brain=True)]


def _round(radius: float) -> Point:
    return (float(radius),) * 3
