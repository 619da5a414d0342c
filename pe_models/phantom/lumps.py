"""Lumps: bodies of soft tissue in the lungs that push vessels aside or bury them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.phantom.shapes import Canvas, Field, Place, Point, coverage, smooth_union
from pe_models.phantom.texture import Textures
from pe_models.phantom.tubes import Tubes, blurred_distance_on, distance_on

_GRAIN_HU: Final = 3.0
_AIR_HU: Final = -985.0
_BLEND_SHARE: Final = 0.35
_SEAM_MM: Final = 2.5
_FAR_MM: Final = np.float32(99.0)


@dataclass(frozen=True, slots=True, eq=False)
class Lump:
    """One body; ``lobes`` and ``cavities`` (sphere, 4: x, y, z, radius) in mm.

    ``strands`` are threads of tissue that leave it. One with a ``shell_mm`` is air within a wall so
    thick; None is solid. It reaches ``seam_mm`` beyond the lung, so
    that no air shows between it and what it grew on.
    """

    centre: Point
    lobes: Field
    hu: float
    rough_mm: float
    edge_mm: float
    cavities: Field
    strands: Tubes | None = None
    shell_mm: float | None = None
    seam_mm: float = _SEAM_MM

    @property
    def reach_mm(self) -> float:
        """How far from its centre its body may extend."""
        offsets = np.linalg.norm(self.lobes[:, :3] - np.asarray(self.centre), axis=1)
        return float((offsets + self.lobes[:, 3]).max()) + 3.0 * self.rough_mm + self.edge_mm

    def distance(self, part: Canvas, textures: Textures) -> Field:
        """Distance (rows, cols) in mm from its surface, were there lung everywhere."""
        body = _spheres(part, self.lobes, blend_mm=_BLEND_SHARE * float(self.lobes[0, 3]))
        rough = np.float32(self.rough_mm)
        body += rough * (0.8 * textures.coarse.on(part) + 0.35 * textures.fine.on(part))
        return body

    def paint(self, part: Canvas, body: Field, textures: Textures) -> Field:
        """Paints it where ``body``, the distance from it, is negative; gives its coverage."""
        edge = max(self.edge_mm, part.edge_mm)
        part.paint(body, self.hu + _GRAIN_HU * textures.coarse.on(part), edge_mm=edge)
        if self.shell_mm is not None:
            part.paint(body + np.float32(self.shell_mm), _AIR_HU)
        if len(self.cavities):
            part.paint(np.maximum(_spheres(part, self.cavities, blend_mm=0.5), body), _AIR_HU)
        return coverage(body, edge)

    def paint_strands(self, canvas: Canvas, lung: Field) -> None:
        if self.strands is None or not self.strands.near(canvas, canvas.edge_mm).any():
            return
        place = self.strands.place_on(canvas, canvas.edge_mm)
        part = canvas.part(place)
        if not part.is_empty:
            part.paint(np.maximum(blurred_distance_on(part, self.strands), lung[place]), self.hu)


@dataclass(frozen=True, slots=True, eq=False)
class Lumps:
    """All lumps of one kind in a pair of lungs; ``spared`` are vessels too wide to be buried."""

    each: tuple[Lump, ...]
    spared: Tubes

    def paint_strands(self, canvas: Canvas, lung: Field) -> None:
        """Before the vessels, which strands neither hide nor dim."""
        for lump in self.each:
            lump.paint_strands(canvas, lung)

    def paint(self, canvas: Canvas, lung: Field, textures: Textures) -> Field | None:
        """Paints them over lung and vessels; gives what they hide, None where there is none.

        ``lung`` (rows, cols) is the distance from the lungs.
        """
        hidden = None
        for lump, place in self._near(canvas):
            if hidden is None:
                hidden = np.zeros(canvas.hu.shape, np.float32)
            part = canvas.part(place)
            body = np.maximum(
                self._body(lump, part, textures), lung[place] - np.float32(lump.seam_mm)
            )
            cover = lump.paint(part, body, textures)
            np.maximum(hidden[place], cover, out=hidden[place])
        return hidden

    def hides(self, canvas: Canvas, textures: Textures) -> Field:
        """Coverage (rows, cols) of the lumps, were there lung everywhere."""
        hidden = np.zeros(canvas.hu.shape, np.float32)
        for lump, place in self._near(canvas):
            part = canvas.part(place)
            cover = coverage(self._body(lump, part, textures), max(lump.edge_mm, part.edge_mm))
            np.maximum(hidden[place], cover, out=hidden[place])
        return hidden

    def _body(self, lump: Lump, part: Canvas, textures: Textures) -> Field:
        """Distance (rows, cols) from the lump, less the vessels that run through it unharmed."""
        spared = distance_on(part, self.spared, margin_mm=2.0 * part.edge_mm)
        seam = np.float32(0.5 * max(lump.edge_mm, part.edge_mm))
        body: Field = np.maximum(lump.distance(part, textures), -spared - seam)
        return body

    def _near(self, canvas: Canvas) -> Iterator[tuple[Lump, Place]]:
        """The lumps that the slice may meet, and where on the canvas."""
        for lump in self.each:
            (x, y, z), reach = lump.centre, lump.reach_mm
            if abs(z - canvas.z) < reach:
                place = canvas.place((x - reach, x + reach), (y - reach, y + reach))
                if not canvas.part(place).is_empty:
                    yield lump, place


def _spheres(part: Canvas, spheres: Field, *, blend_mm: float) -> Field:
    """Signed distance (rows, cols) from the union of ``spheres``, its creases filled."""
    union = np.full(part.hu.shape, _FAR_MM, np.float32)
    for x, y, z, radius in spheres.astype(np.float32):
        square = (part.x - x) ** 2 + (part.y - y) ** 2 + (np.float32(part.z) - z) ** 2
        union = smooth_union(union, np.sqrt(square) - radius, blend_mm)
    return union.astype(np.float32)
