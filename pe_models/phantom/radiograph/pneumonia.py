"""Pneumonia: air spaces that fill within a lobe, in patches, or as a haze.

Forms and how radiographs show them: Franquet, J Thorac Imaging 2018, 10.1097/RTI.0000000000000347.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from pe_models.phantom.lobes import Fissures, Lobe
from pe_models.phantom.radiograph.chest import Lungs
from pe_models.phantom.radiograph.filling import (
    Box,
    Filling,
    body_in,
    box_about,
    lung_place,
    rough,
)
from pe_models.phantom.shapes import Field, Point, coverage


class Form(StrEnum):
    """How a pneumonia spreads."""

    LOBAR = "lobar"
    PATCHY = "patchy"
    HAZY = "hazy"


@dataclass(frozen=True, slots=True)
class Opacity:
    """One region of filled air spaces: ``bodies`` are ellipsoids (centre, radii) in mm.

    ``density`` is 1 for water; ``rough`` is the unevenness of its border as a share of its radius.
    """

    form: Form
    is_right: bool
    bodies: tuple[tuple[Point, Point], ...]
    density: float
    rough: float
    edge_mm: float
    grain_mm: float

    @property
    def centre(self) -> Point:
        return self.bodies[0][0]

    @property
    def reach_mm(self) -> float:
        """From the centre, along an axis."""
        away = [
            float(np.max(np.abs(np.subtract(centre, self.centre)))) + max(radii)
            for centre, radii in self.bodies
        ]
        return max(away) * (1.0 + 2.0 * self.rough) + self.edge_mm

    def fill(
        self, filling: Filling, fissures: Fissures, rng: np.random.Generator
    ) -> tuple[Box, Field]:
        """Fills the lungs; the box of voxels and what was added there (row, depth, col)."""
        lungs = filling.lungs
        box = box_about(lungs, self.centre, self.reach_mm)
        uneven = rough(box, self.grain_mm, rng)
        distance = np.min([
            body_in(lungs, box, centre, radii) + np.float32(self.rough * max(radii)) * uneven
            for centre, radii in self.bodies
        ], axis=0)  # fmt: skip
        cover = coverage(self._kept(distance, lungs, box, fissures), self.edge_mm)
        mottled = cover * (1.0 - 0.25 * np.clip(rough(box, 9.0, rng), 0.0, 1.6))
        return box, filling.fill(box, mottled, self.density)

    def _kept(self, distance: Field, lungs: Lungs, box: Box, fissures: Fissures) -> Field:
        """Within its own lung, and a lobar one within its lobe, at whose border it ends sharply."""
        rows, depths, cols = box
        x, y, z = lungs.x[:, :, cols], lungs.y[:, depths], lungs.z[rows]
        aside = x if self.is_right else -x
        kept: Field = np.maximum(distance, aside)
        if self.form is Form.LOBAR:
            lobe = Lobe(int(fissures.lobe_at(np.array([self.centre]))[0]))
            beyond = fissures.outside(lobe, x, y, z)
            kept = np.maximum(kept, beyond * (self.edge_mm / _FISSURE_EDGE_MM))
        return kept


_FISSURE_EDGE_MM: Final = 3.0
_COUNT: Final = ((1, 2, 3), (0.55, 0.35, 0.1))
"""How many opacities: 1.6 on average, as RSNA 2018 has boxes a positive radiograph."""
_OTHER_LUNG: Final = 0.7
_FORMS: Final = ((Form.LOBAR, Form.PATCHY, Form.HAZY), (0.4, 0.35, 0.25))
_HEIGHT_MM: Final = (70.0, 45.0)
"""Above the base: more often low than high."""


def draw_pneumonia(lungs: Lungs, rng: np.random.Generator) -> tuple[Opacity, ...]:
    """The opacities of one picture: one to three."""
    n = int(rng.choice(_COUNT[0], p=_COUNT[1]))
    form = Form(str(rng.choice([f.value for f in _FORMS[0]], p=_FORMS[1])))
    is_right = bool(rng.random() < 0.55)
    return tuple(_draw_each(lungs, rng, form, n, is_right=is_right))


def _draw_each(
    lungs: Lungs, rng: np.random.Generator, form: Form, n: int, *, is_right: bool
) -> Iterator[Opacity]:
    for _ in range(n):
        centre = lung_place(lungs, rng, height_mm=_HEIGHT_MM, is_right=is_right)
        yield _DRAW[form](rng, centre, is_right)
        is_right ^= bool(rng.random() < _OTHER_LUNG)


def _lobar(rng: np.random.Generator, centre: Point, is_right: bool) -> Opacity:
    radii = _radii(rng, (42.0, 80.0))
    return Opacity(Form.LOBAR, is_right, ((centre, radii),), float(rng.uniform(0.75, 1.0)),
                   float(rng.uniform(0.12, 0.25)), float(rng.uniform(8, 20)), 22.0)  # fmt: skip


def _patchy(rng: np.random.Generator, centre: Point, is_right: bool) -> Opacity:
    spread = rng.uniform(16.0, 28.0)
    bodies = [(centre, _radii(rng, (13.0, 26.0)))]
    for offset in rng.normal(0.0, spread, size=(int(rng.integers(6, 12)), 3)):
        x, y, z = np.add(centre, offset).tolist()
        bodies.append(((x, y, z), _radii(rng, (10.0, 23.0))))
    return Opacity(Form.PATCHY, is_right, tuple(bodies), float(rng.uniform(0.75, 1.0)),
                   float(rng.uniform(0.2, 0.35)), float(rng.uniform(6, 14)), 12.0)  # fmt: skip


def _hazy(rng: np.random.Generator, centre: Point, is_right: bool) -> Opacity:
    radii = _radii(rng, (45.0, 80.0))
    return Opacity(Form.HAZY, is_right, ((centre, radii),), float(rng.uniform(0.45, 0.7)),
                   float(rng.uniform(0.15, 0.3)), float(rng.uniform(18, 32)), 26.0)  # fmt: skip


_DRAW: Final = {Form.LOBAR: _lobar, Form.PATCHY: _patchy, Form.HAZY: _hazy}


def _radii(rng: np.random.Generator, longest_mm: tuple[float, float]) -> Point:
    longest = float(rng.uniform(*longest_mm))
    a, b, c = rng.permutation([longest, *(longest / rng.uniform(1.0, 1.7, size=2))]).tolist()
    return a, b, c
