"""Opacities of the lung that vessels run through: consolidation, plate atelectasis, tumours."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.branches import Branch, Tree
from pe_models.phantom.chance import stream
from pe_models.phantom.lobes import Fissures, Lobe
from pe_models.phantom.shapes import Axes, Canvas, Field, Place, Point, coverage, ellipsoid
from pe_models.phantom.spec import Level, Mimic
from pe_models.phantom.texture import Texture


class OpacityKind(StrEnum):
    """What fills the air spaces."""

    CONSOLIDATION = "consolidation"
    ATELECTASIS = "atelectasis"
    TUMOUR = "tumour"


@dataclass(frozen=True, slots=True)
class Opacity:
    """One ellipsoid of soft tissue with an uneven edge, within the lung.

    ``lobe`` is what it keeps to, None where it minds no fissure. In a ``is_drowned`` one the
    vessels carry no contrast.
    """

    kind: OpacityKind
    centre: Point
    radii: Point
    axes: Axes
    hu: float
    rough_mm: float
    edge_mm: float
    lobe: Lobe | None
    is_drowned: bool

    def distance(self, canvas: Canvas, fissures: Fissures, coarse: Texture, fine: Texture) -> Field:
        """Distance (mm) from its surface, lung border not considered."""
        body = ellipsoid(canvas.x, canvas.y, canvas.z, self.centre, self.radii, self.axes)
        rough = np.float32(self.rough_mm)
        body += rough * coarse.on(canvas) + 0.3 * rough * fine.on(canvas)
        if self.lobe is not None:
            beyond = fissures.outside(self.lobe, canvas.x, canvas.y, canvas.z)
            body = np.maximum(body, beyond)
        return body


@dataclass(frozen=True, slots=True)
class Opacities:
    """All opacities of one pair of lungs."""

    fissures: Fissures
    each: tuple[Opacity, ...]

    @classmethod
    def draw(cls, seed: int, arteries: Tree, fissures: Fissures, mimics: frozenset[Mimic]) -> Self:
        found: list[Opacity] = []
        for mimic, recipe in _RECIPES.items():
            if mimic in mimics:
                rng = stream(seed, mimic.value)
                least, most = recipe.count
                n = int(rng.integers(least, most + 1))
                found.extend(_draw(recipe, arteries, rng) for _ in range(n))
        return cls(fissures, tuple(found))

    def paint(self, canvas: Canvas, lung: Field, coarse: Texture, fine: Texture) -> None:
        """Paints them where ``lung`` (rows, cols), the distance from the lungs, is negative."""
        for opacity, place in self._near(canvas):
            part = canvas.part(place)
            body = opacity.distance(part, self.fissures, coarse, fine)
            hu = opacity.hu + 7.0 * fine.on(part)
            edge = max(opacity.edge_mm, canvas.edge_mm)
            part.paint(np.maximum(body, lung[place]), hu, edge_mm=edge)

    def silence(self, canvas: Canvas, strength: Field, coarse: Texture, fine: Texture) -> None:
        """Takes from ``strength`` (rows, cols) the contrast of vessels in drowned opacities."""
        for opacity, place in self._near(canvas):
            if opacity.is_drowned:
                part = canvas.part(place)
                body = opacity.distance(part, self.fissures, coarse, fine)
                strength[place] *= 1.0 - coverage(body, 6.0)

    def _near(self, canvas: Canvas) -> Iterator[tuple[Opacity, Place]]:
        """The opacities that the slice may meet, and where on the canvas."""
        for opacity in self.each:
            x, y, z = opacity.centre
            reach = max(opacity.radii) + 3 * opacity.rough_mm + opacity.edge_mm
            place = canvas.place((x - reach, x + reach), (y - reach, y + reach))
            if abs(z - canvas.z) < reach and not canvas.part(place).is_empty:
                yield opacity, place


_HILUM: Final = (38.0, 4.0, -30.0)
"""Where vessels enter a lung, x away from the midline (mm of the reference chest)."""


@dataclass(frozen=True, slots=True)
class _Recipe:
    """How many opacities of a kind there are, and between what values theirs are drawn.

    ``stretch`` is the greatest ratio of one radius to another. One that ``reaches_pleura`` lies
    along the way from the hilum outward.
    """

    kind: OpacityKind
    count: tuple[int, int]
    levels: tuple[Level, ...]
    radius_mm: tuple[float, float]
    stretch: float
    hu: tuple[float, float]
    rough: tuple[float, float]
    edge_mm: tuple[float, float]
    keeps_to_lobe: bool = False
    reaches_pleura: bool = False
    drowned_share: float = 0.0


_RECIPES: Final[dict[Mimic, _Recipe]] = {
    Mimic.CONSOLIDATION: _Recipe(
        OpacityKind.CONSOLIDATION, (1, 2), (Level.SEGMENTAL, Level.SUBSEGMENTAL), (14, 42), 1.6,
        (25, 75), (0.08, 0.18), (8, 24), keeps_to_lobe=True, drowned_share=0.5,
    ),
    Mimic.ATELECTASIS: _Recipe(
        OpacityKind.ATELECTASIS, (1, 4), (Level.PERIPHERAL,), (14, 34), 20.0, (30, 90),
        (0.02, 0.05), (1, 3), reaches_pleura=True,
    ),
    Mimic.TUMOUR: _Recipe(
        OpacityKind.TUMOUR, (1, 1), (Level.SEGMENTAL, Level.SUBSEGMENTAL), (10, 30), 1.4,
        (30, 85), (0.05, 0.14), (2, 6), drowned_share=0.2,
    ),
}  # fmt: skip


def _draw(recipe: _Recipe, arteries: Tree, rng: np.random.Generator) -> Opacity:
    branch, centre = _place(arteries, recipe.levels, rng)
    longest = float(rng.uniform(*recipe.radius_mm))
    thin = 1.0 / rng.uniform(0.6 * recipe.stretch, recipe.stretch) if recipe.stretch > 2 else 1.0
    middle = longest / rng.uniform(1.0, min(recipe.stretch, 1.6))
    shortest = max(0.8, longest * thin) if thin < 1 else longest / rng.uniform(1.0, recipe.stretch)
    axes = _turned(rng)
    if recipe.reaches_pleura:
        outward = _outward(centre)
        axes = _turned(rng, outward)
        x, y, z = np.add(centre, rng.uniform(0.3, 0.8) * longest * outward).tolist()
        centre = (x, y, z)
    return Opacity(
        kind=recipe.kind,
        centre=centre,
        radii=(longest, float(middle), float(shortest)),
        axes=axes,
        hu=float(rng.uniform(*recipe.hu)),
        rough_mm=float(rng.uniform(*recipe.rough)) * longest,
        edge_mm=float(rng.uniform(*recipe.edge_mm)),
        lobe=branch.lobe if recipe.keeps_to_lobe else None,
        is_drowned=bool(rng.random() < recipe.drowned_share),
    )


def _place(
    arteries: Tree, levels: tuple[Level, ...], rng: np.random.Generator
) -> tuple[Branch, Point]:
    """A branch at one of ``levels`` in a lobe, and a place beside its end."""
    branches = [b for b in arteries if b.lobe is not None and b.level in levels]
    branch = branches[int(rng.integers(len(branches)))]
    x, y, z = branch.points[-1] + rng.normal(0, 2.0, size=3)
    return branch, (float(x), float(y), float(z))


def _outward(place: Point) -> NDArray[np.float64]:
    """The direction from the hilum of its side to ``place``."""
    x, y, z = _HILUM
    way = np.subtract(place, (np.copysign(x, place[0]), y, z))
    return way / max(float(np.linalg.norm(way)), 1e-6)


def _turned(rng: np.random.Generator, first: NDArray[np.float64] | None = None) -> Axes:
    """Axes in any direction; ``first`` is that of the longest, if given."""
    columns = rng.normal(size=(3, 3))
    if first is not None:
        columns[:, 0] = first
    basis = np.linalg.qr(columns).Q.T
    (a, b, c), (d, e, f), (g, h, i) = basis.tolist()
    return (a, b, c), (d, e, f), (g, h, i)
