"""Nodules and masses of the lung, most of them beside opacified vessels.

A grey body between two bright vessels looks like a clot with contrast on both sides (the polo
mint), which is why they are set where vessels run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Canvas, Field, Place, Point, coverage, smooth_union
from pe_models.phantom.texture import Textures
from pe_models.phantom.tubes import Tubes, blurred_distance_on, joined, tube
from pe_models.phantom.vessel_gaps import VesselGaps

_COUNT: Final = (2, 9)
_SITE_SHARE: Final = (0.5, 0.25, 0.25)
"""How many lie between two vessels, against one, and anywhere else."""
_PAIR_MM: Final = (7.0, 34.0)
_SMALL_SHARE: Final = 0.3
_SMALL_MM: Final = (1.5, 4.0)
_LARGE_MM: Final = (4.0, 5.5, 17.5)
"""Radii: of small ones evenly, of the others least, most frequent and greatest."""
_SUNK: Final = (-0.3, 0.7)
"""How deep a vessel lies in the nodule that it borders, as a share of its own radius."""
_HU: Final = (-10.0, 75.0)
_GRAIN_HU: Final = 3.0
_AIR_HU: Final = -930.0
_CAVITATED_SHARE: Final = 0.2
_SPICULATED_SHARE: Final = 0.4
_TAILED_SHARE: Final = 0.25
_FAR_MM: Final = np.float32(99.0)


@dataclass(frozen=True, slots=True, eq=False)
class Nodule:
    """One nodule; ``lobes`` and ``cavities`` (sphere, 4: x, y, z, radius) in mm.

    ``strands`` are its spicules and the tail that leads to the pleura.
    """

    centre: Point
    lobes: Field
    cavities: Field
    strands: Tubes | None
    hu: float
    rough_mm: float
    edge_mm: float

    @property
    def reach_mm(self) -> float:
        """How far from its centre its body may extend."""
        offsets = np.linalg.norm(self.lobes[:, :3] - np.asarray(self.centre), axis=1)
        return float((offsets + self.lobes[:, 3]).max()) + 3.0 * self.rough_mm + self.edge_mm

    def cover(self, part: Canvas, lung: Field, textures: Textures) -> Field:
        """Coverage (rows, cols) of its body; ``lung`` is the distance from the lungs."""
        body = _spheres(part, self.lobes, blend_mm=0.35 * float(self.lobes[0, 3]))
        rough = np.float32(self.rough_mm)
        body += rough * (0.8 * textures.coarse.on(part) + 0.5 * textures.fine.on(part))
        return coverage(np.maximum(body, lung), max(self.edge_mm, part.edge_mm))

    def paint(self, part: Canvas, lung: Field, textures: Textures) -> Field:
        """Paints it over the vessels that it has grown round; gives the coverage of its body."""
        cover = self.cover(part, lung, textures)
        hu = self.hu + _GRAIN_HU * textures.coarse.on(part)
        np.add(part.hu, (hu - part.hu) * cover, out=part.hu, casting="same_kind")
        if len(self.cavities):
            air = _spheres(part, self.cavities, blend_mm=0.5)
            part.paint(np.maximum(air, lung), _AIR_HU)
        return cover

    def paint_strands(self, canvas: Canvas, lung: Field) -> None:
        """Before the vessels, which strands neither hide nor dim."""
        if self.strands is None or not self.strands.near(canvas, canvas.edge_mm).any():
            return
        place = self.strands.place_on(canvas, canvas.edge_mm)
        part = canvas.part(place)
        if not part.is_empty:
            strands = blurred_distance_on(part, self.strands)
            part.paint(np.maximum(strands, lung[place]), self.hu)


@dataclass(frozen=True, slots=True)
class Nodules:
    """All nodules of one pair of lungs."""

    each: tuple[Nodule, ...] = ()

    @classmethod
    def draw(cls, seed: int, gaps: VesselGaps) -> Self:
        """Nodules at ``gaps``, the places between and beside the vessels of the lungs."""
        rng = stream(seed, "nodules")
        sites = rng.choice(len(_SITE_SHARE), size=int(rng.integers(*_COUNT)), p=_SITE_SHARE)
        drawn = [_SITES[int(site)](gaps, rng) for site in sites]
        return cls(tuple(_shaped(*site, rng) for site in drawn))

    def paint_strands(self, canvas: Canvas, lung: Field) -> None:
        for nodule in self.each:
            nodule.paint_strands(canvas, lung)

    def paint(self, canvas: Canvas, lung: Field, textures: Textures) -> Field | None:
        """Paints them over lung and vessels; gives what they hide, None where there is none."""
        hidden = None
        for nodule, place in self._near(canvas):
            if hidden is None:
                hidden = np.zeros(canvas.hu.shape, np.float32)
            cover = nodule.paint(canvas.part(place), lung[place], textures)
            np.maximum(hidden[place], cover, out=hidden[place])
        return hidden

    def hides(self, canvas: Canvas, textures: Textures) -> Field:
        """Coverage (rows, cols) of the nodules, were there lung everywhere."""
        hidden = np.zeros(canvas.hu.shape, np.float32)
        for nodule, place in self._near(canvas):
            part = canvas.part(place)
            cover = nodule.cover(part, np.full(part.hu.shape, -_FAR_MM, np.float32), textures)
            np.maximum(hidden[place], cover, out=hidden[place])
        return hidden

    def _near(self, canvas: Canvas) -> Iterator[tuple[Nodule, Place]]:
        """The nodules that the slice may meet, and where on the canvas."""
        for nodule in self.each:
            (x, y, z), reach = nodule.centre, nodule.reach_mm
            if abs(z - canvas.z) < reach:
                place = canvas.place((x - reach, x + reach), (y - reach, y + reach))
                if not canvas.part(place).is_empty:
                    yield nodule, place


_Site = tuple[Field, Field, float]
"""Centre (3,), the unit vector (3,) toward the vessel that it borders, and radius in mm."""


def _between(gaps: VesselGaps, rng: np.random.Generator) -> _Site:
    """Between two vessels, as wide as the gap between them."""
    gap = gaps.pair(rng, *_PAIR_MM)
    radius = 0.5 * gap.length_mm - gap.radius_mm * rng.uniform(*_SUNK)
    return gap.middle, gap.along, max(float(radius), _SMALL_MM[0])


def _against(gaps: VesselGaps, rng: np.random.Generator) -> _Site:
    """Against one vessel."""
    radius = _radius(rng)
    point, along, vessel_mm = gaps.beside(rng, radius)
    centre = point - (radius + vessel_mm * rng.uniform(*_SUNK)) * along
    return centre, along, radius


def _anywhere(gaps: VesselGaps, rng: np.random.Generator) -> _Site:
    """Near the end of a small vessel."""
    radius = _radius(rng)
    point, along, _ = gaps.beside(rng, radius)
    return point + rng.normal(0, 3.0, size=3), along, radius


_SITES: Final = (_between, _against, _anywhere)
"""In the order of ``_SITE_SHARE``."""


def _radius(rng: np.random.Generator) -> float:
    is_small = rng.random() < _SMALL_SHARE
    return float(rng.uniform(*_SMALL_MM) if is_small else rng.triangular(*_LARGE_MM))


def _shaped(centre: Field, along: Field, radius: float, rng: np.random.Generator) -> Nodule:
    """Round, lobulated or spiculated; its lobes leave the bordering vessel free."""
    lobes = _lobes(centre, along, radius, rng)
    x, y, z = (float(v) for v in centre)
    strands = list(_strands(centre, radius, rng))
    return Nodule(
        centre=(x, y, z),
        lobes=lobes,
        cavities=_cavities(centre, radius, rng),
        strands=joined(strands) if strands else None,
        hu=float(rng.uniform(*_HU)),
        rough_mm=float(rng.uniform(0.01, 0.08)) * radius,
        edge_mm=float(rng.uniform(0.4, 2.0)),
    )


def _lobes(centre: Field, along: Field, radius: float, rng: np.random.Generator) -> Field:
    n_more = int(rng.integers(0, 6))
    way = rng.normal(size=(n_more, 3))
    way -= 0.85 * (way @ along)[:, None] * along
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
    radii = radius * rng.uniform(0.3, 0.75, size=(n_more, 1))
    offset = (radius * rng.uniform(0.7, 1.15, size=(n_more, 1)) - 0.6 * radii) * way
    return np.vstack([[*centre, radius], np.hstack([centre + offset, radii])])


def _cavities(centre: Field, radius: float, rng: np.random.Generator) -> NDArray[np.float64]:
    if radius < _SMALL_MM[1] or rng.random() > _CAVITATED_SHARE:
        return np.zeros((0, 4))
    n = int(rng.integers(1, 5))
    offset = 0.3 * radius * rng.normal(size=(n, 3)).clip(-2.0, 2.0)
    return np.hstack([centre + offset, rng.uniform(0.5, 2.0, size=(n, 1))])


def _strands(centre: Field, radius: float, rng: np.random.Generator) -> Iterator[Tubes]:
    if rng.random() < _SPICULATED_SHARE:
        for _ in range(int(rng.integers(5, 16))):
            yield _strand(centre, rng.normal(size=3), radius, radius * rng.uniform(0.25, 1.1), rng)
    if rng.random() < _TAILED_SHARE:
        outward = np.array([np.sign(centre[0]), rng.normal(0, 0.8), rng.normal(0, 0.3)])
        yield _strand(centre, outward, radius, rng.uniform(8.0, 26.0), rng)


def _strand(
    centre: Field, way: Field, radius: float, length_mm: float, rng: np.random.Generator
) -> Tubes:
    """A thread of tissue from the surface outward along ``way``, thinning as it goes."""
    unit = way / max(float(np.linalg.norm(way)), 1e-6)
    reach = np.linspace(0.75 * radius, radius + length_mm, 4)[:, None]
    points = centre + reach * unit + rng.normal(0, 0.5, size=(4, 3))
    return tube(points, np.linspace(rng.uniform(0.6, 1.4), rng.uniform(0.2, 0.5), 4))


def _spheres(part: Canvas, spheres: Field, *, blend_mm: float) -> Field:
    """Signed distance (rows, cols) from the union of ``spheres``, its creases filled."""
    union = np.full(part.hu.shape, _FAR_MM, np.float32)
    for x, y, z, radius in spheres.astype(np.float32):
        square = (part.x - x) ** 2 + (part.y - y) ** 2 + (np.float32(part.z) - z) ** 2
        union = smooth_union(union, np.sqrt(square) - radius, np.float32(blend_mm).item())
    return union.astype(np.float32)
