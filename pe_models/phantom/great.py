"""Great vessels, airways and oesophagus: splines through fixed places of the reference chest."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.branches import Knot
from pe_models.phantom.chambers import Chamber, Covers
from pe_models.phantom.chance import stream
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.shapes import Canvas, Field, Scalar, coverage
from pe_models.phantom.texture import Textures
from pe_models.phantom.tubes import FAR_MM, Tubes, distance_on, joined, smooth_path, tube
from pe_models.phantom.warp import Warp


class Great(StrEnum):
    """What is painted from a tube of the mediastinum."""

    AIRWAY = "airway"
    AORTA = "aorta"
    ARCH_BRANCH = "arch_branch"
    SUPERIOR_CAVA = "superior_cava"
    INFERIOR_CAVA = "inferior_cava"
    OUTFLOW = "outflow"
    OESOPHAGUS = "oesophagus"
    AZYGOS = "azygos"
    CORONARY = "coronary"


_PATHS: Final[tuple[tuple[Great, tuple[Knot, ...]], ...]] = (
    (Great.AIRWAY, (
        (0, -8, 130, 8.5), (0, -4, 70, 8.5), (0, 3, 30, 8.5), (0, 8, 0, 9.5),
    )),
    (Great.AIRWAY, (
        (0, 8, 1, 8), (-13, 11, -12, 7.2), (-28, 14, -26, 6.5), (-36, 13, -42, 5.5),
        (-42, 17, -58, 4.6), (-48, 27, -76, 3.4),
    )),
    (Great.AIRWAY, ((-25, 13, -22, 5), (-38, 10, -14, 4.2), (-50, 6, -8, 3.4))),
    (Great.AIRWAY, (
        (0, 8, 1, 8), (12, 11, -14, 6.8), (27, 15, -28, 6), (38, 18, -40, 5.2),
        (45, 26, -56, 4.4), (50, 33, -74, 3.2),
    )),
    (Great.AIRWAY, ((34, 16, -35, 4.6), (48, 6, -34, 3.8), (58, -4, -30, 3))),
    (Great.AORTA, (
        (-4, -28, -66, 15), (-13, -36, -46, 16.5), (-17, -36, -20, 16), (-15, -34, 8, 15.5),
        (-2, -30, 28, 14.5), (16, -16, 35, 13.5), (25, 6, 32, 13), (27, 24, 16, 12.5),
        (26, 33, -8, 12.5), (25, 35, -30, 12), (22, 35, -90, 11.5), (12, 29, -150, 11),
        (8, 22, -240, 10.5),
    )),
    (Great.ARCH_BRANCH, (
        (-7, -29, 34, 6.5), (-14, -22, 52, 6), (-24, -17, 82, 5), (-34, -16, 130, 4),
    )),
    (Great.ARCH_BRANCH, (
        (10, -20, 42, 4), (13, -16, 60, 3.6), (18, -11, 90, 3.4), (20, -10, 130, 3.4),
    )),
    (Great.ARCH_BRANCH, (
        (22, -3, 42, 5), (26, 4, 60, 4.6), (36, 2, 85, 4.5), (62, -4, 104, 4.2),
    )),
    (Great.SUPERIOR_CAVA, (
        (-30, -28, 42, 8), (-31, -24, 20, 9), (-32, -20, -5, 9.5), (-33, -19, -30, 9.5),
        (-36, -22, -52, 12),
    )),
    (Great.SUPERIOR_CAVA, (
        (-80, -22, 104, 5.5), (-52, -28, 84, 6), (-36, -30, 62, 7), (-30, -28, 40, 8),
    )),
    (Great.SUPERIOR_CAVA, (
        (70, -28, 104, 5.5), (40, -38, 80, 6), (8, -40, 58, 6.5), (-16, -36, 48, 7),
        (-29, -29, 40, 7.5),
    )),
    (Great.INFERIOR_CAVA, (
        (-34, -14, -104, 11.5), (-31, -7, -116, 12), (-26, 2, -140, 12), (-22, 4, -240, 12),
    )),
    (Great.OUTFLOW, ((2, -52, -78, 17), (12, -54, -62, 16), (16, -48, -46, 14.5))),
    *((Great.OESOPHAGUS, (
        (2 + aside, 9, 130, 4.2), (4 + aside, 16, 60, 4.4), (5 + aside, 23, 10, 4.2),
        (7 + aside, 22, -30, 4.2), (6 + aside, 20, -70, 4.6), (10 + aside, 15, -125, 5.2),
        (22 + aside, 6, -160, 7),
    )) for aside in (-2.8, 0.0, 2.8)),
    (Great.AZYGOS, (
        (-8, 20, -240, 2.5), (-9, 24, -100, 3.2), (-11, 27, -60, 3.6), (-11, 27, -10, 4),
        (-16, 20, 3, 4.2), (-28, 2, 6, 4.4), (-31, -14, 2, 4.6),
    )),
    (Great.CORONARY, ((4, -28, -54, 2), (22, -34, -58, 2), (34, -48, -70, 1.7),
                      (44, -62, -92, 1.5))),
    (Great.CORONARY, ((-14, -40, -58, 1.8), (-22, -56, -70, 1.7), (-24, -58, -96, 1.5))),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GreatVessels:
    """All tubes of the mediastinum but the pulmonary vessels, by kind."""

    tubes: dict[Great, Tubes]
    oesophageal_air: Tubes | None
    """One bubble that comes and goes along the way, off the middle; None in half the chests."""

    @classmethod
    def draw(cls, seed: int, warp: Warp) -> Self:
        rng = stream(seed, "great vessels")
        width = {kind: rng.uniform(0.88, 1.14) for kind in Great}
        shift = rng.normal(0, 1.2, size=(len(Great), 3))
        parts: dict[Great, list[Tubes]] = {kind: [] for kind in Great}
        for kind, knots in _PATHS:
            track = np.asarray(knots)
            moved = warp.moved(track[:, :3] + shift[list(Great).index(kind)])
            points, radii = smooth_path(moved, track[:, 3] * width[kind])
            parts[kind].append(tube(points, radii))
        tubes = {kind: joined(parts[kind]) for kind in parts}
        return cls(tubes, _air(tubes[Great.OESOPHAGUS], rng))

    def envelope(self) -> Tubes:
        """The tubes that shape the border of the lungs; coronaries lie within its fat."""
        return joined(t for kind, t in self.tubes.items() if kind is not Great.CORONARY)

    def paint(
        self, canvas: Canvas, contrast: Contrast, textures: Textures, chambers: Covers
    ) -> tuple[Covers, Field]:
        """Vessels with their blood, and the oesophagus; the airways paint themselves.

        Gives what is left of the ``chambers``' coverages, and the distance (rows, cols) from the
        vessels that pulmonary arteries touch, FAR_MM away from them.
        """
        place = canvas.place(_BOX_X, _BOX_Y)
        part = canvas.part(place)
        touched = np.full(canvas.hu.shape, FAR_MM, np.float32)
        if part.is_empty:
            return chambers, touched
        reach = _WALL_MM + part.edge_mm
        distances = {
            kind: distance_on(part, self.tubes[kind], margin_mm=reach)
            for kind in _PAINTED
            if self.tubes[kind].near(part, reach).any()
        }
        for kind in _WALLED:
            if kind in distances:
                part.paint(distances[kind] - _WALL_MM, contrast.muscle)
        for kind, hu in _blood(contrast, textures.blood.on(part)).items():
            if kind in distances:
                part.paint(distances[kind], hu)
        if Great.OESOPHAGUS in distances:
            self._paint_oesophagus(part, distances[Great.OESOPHAGUS], contrast, textures)
        for kind in _TOUCHED:
            if kind in distances:
                touched[place] = np.minimum(touched[place], distances[kind])
        return _left_of(chambers, canvas, distances) if chambers else chambers, touched

    def _paint_oesophagus(
        self, part: Canvas, distance: Field, contrast: Contrast, textures: Textures
    ) -> None:
        part.paint(distance, contrast.oesophagus)
        if self.oesophageal_air is None or not self.oesophageal_air.near(part, _AIR_MM).any():
            return
        box = self.oesophageal_air.place_on(part, _AIR_MM)
        lumen = part.part(box)
        bubble = distance_on(lumen, self.oesophageal_air, margin_mm=_AIR_MM)
        closed = 2.2 * textures.broad.on(lumen) - 0.5 + 0.5 * textures.coarse.on(lumen)
        lumen.paint(np.maximum(bubble + np.maximum(closed, 0.0), distance[box] + 2.2), -960.0)


def _air(oesophagus: Tubes, rng: np.random.Generator) -> Tubes | None:
    """A bubble's course within the oesophagus."""
    if rng.random() < _NO_AIR_SHARE:
        return None
    middle = oesophagus.where(_in_middle(oesophagus))
    aside = np.array([*rng.normal(0, _AIR_ASIDE_MM), 0.0], np.float32)
    points = np.vstack([middle.start, middle.end[-1:]]) + aside
    return tube(points, rng.uniform(*_AIR_RADIUS_MM))


def _in_middle(oesophagus: Tubes) -> NDArray[np.bool_]:
    """Which pieces are of the second of the three tubes side by side that make its oval."""
    each = np.arange(len(oesophagus)) * 3 // len(oesophagus)
    chosen: NDArray[np.bool_] = each == 1
    return chosen


def _left_of(chambers: Covers, canvas: Canvas, distances: dict[Great, Field]) -> Covers:
    """The chambers less what the great vessels hide; the outflow tract leaves its ventricle."""
    left = {chamber: cover.copy() for chamber, cover in chambers.items()}
    place = canvas.place(_BOX_X, _BOX_Y)
    for kind in _PAINTED:
        if kind in distances:
            wall = _WALL_MM if kind in _WALLED else 0.0
            cover = coverage(distances[kind] - wall, canvas.edge_mm)
            for chamber, blood in left.items():
                if kind is not Great.OUTFLOW or chamber is not Chamber.RIGHT_VENTRICLE:
                    blood[place] *= 1.0 - cover
    return left


def _blood(contrast: Contrast, mix: Field) -> dict[Great, Scalar]:
    return {
        Great.AZYGOS: contrast.azygos,
        Great.CORONARY: contrast.aorta * 0.8,
        Great.INFERIOR_CAVA: contrast.inferior_cava * (1 + 0.2 * mix),
        Great.SUPERIOR_CAVA: contrast.superior_cava * (1 + 0.12 * mix),
        Great.OUTFLOW: contrast.right_heart,
        Great.AORTA: contrast.aorta * (1 + 0.02 * mix),
        Great.ARCH_BRANCH: contrast.aorta * 0.97,
    }


_WALLED: Final = (Great.AORTA, Great.ARCH_BRANCH)
"""Vessels whose wall is thick enough to be seen against fat and against other blood."""
_WALL_MM: Final = 1.0
_TOUCHED: Final = (Great.AORTA, Great.SUPERIOR_CAVA)
_NO_AIR_SHARE: Final = 0.5
_AIR_MM: Final = 3.0
_AIR_ASIDE_MM: Final = (1.8, 0.6)
_AIR_RADIUS_MM: Final = (1.3, 2.8)
_PAINTED: Final = (
    Great.AZYGOS, Great.CORONARY, Great.INFERIOR_CAVA, Great.SUPERIOR_CAVA, Great.OUTFLOW,
    Great.AORTA, Great.ARCH_BRANCH, Great.OESOPHAGUS,
)  # fmt: skip
"""In the order in which they are painted."""
_BOX_X, _BOX_Y = (-100.0, 100.0), (-90.0, 75.0)
