"""The lung vessels with their blood, their clots, and what hides them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from pe_models.phantom.chambers import Covers, under
from pe_models.phantom.clot import Clot
from pe_models.phantom.contrast import UNOPACIFIED_BLOOD_HU, Contrast
from pe_models.phantom.flow import Flow
from pe_models.phantom.lung_vessels import LungVessels
from pe_models.phantom.opacities import Opacities
from pe_models.phantom.shapes import Canvas, Field, Place, coverage
from pe_models.phantom.texture import Textures
from pe_models.phantom.tubes import blurred_distance_on, owned

_WALL_MM = 0.7
_CREASE_MM = 1.1
_CREASE_HU = 30.0
_FAR_MM = np.float32(9.0)


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """What one painted slice holds beside its HU: coverages in [0, 1], each (rows, cols).

    ``clots`` has one coverage for each clot that the slice meets, by the place of the clot;
    ``chambers`` one for each Chamber of the heart.
    """

    arteries: Field
    veins: Field
    lungs: Field
    clots: Covers
    chambers: Covers = field(default_factory=dict)

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> Self:
        nothing = np.zeros(shape, np.float32)
        return cls(nothing, nothing, nothing, {})

    def placed_in(self, shape: tuple[int, ...], box: Place) -> "Layers":
        """The same on a slice of ``shape``, of which these are the rows and columns ``box``."""

        def placed(cover: Field) -> Field:
            whole = np.zeros(shape, np.float32)
            whole[box] = cover
            return whole

        return self._each(placed)

    def part(self, place: Place) -> "Layers":
        """Those rows and columns."""
        return self._each(lambda cover: cover[place])

    def hidden_by(self, cover: Field) -> "Layers":
        """The blood less what ``cover`` hides."""
        seen = 1.0 - cover
        return Layers(self.arteries * seen, self.veins * seen, self.lungs,
                      under(self.clots, cover), under(self.chambers, cover))  # fmt: skip

    def with_chambers(self, chambers: Covers) -> "Layers":
        """With the coverages of the heart's blood, painted before the lung vessels."""
        below = under(chambers, np.maximum(self.arteries, self.veins))
        return replace(self, chambers=below)

    def _each(self, change: Callable[[Field], Field]) -> "Layers":
        """Every coverage as ``change`` makes it."""
        return Layers(
            change(self.arteries),
            change(self.veins),
            change(self.lungs),
            {number: change(clot) for number, clot in self.clots.items()},
            {number: change(blood) for number, blood in self.chambers.items()},
        )


@dataclass(frozen=True, slots=True, eq=False)
class Circulation:
    """Pulmonary arteries and veins, painted over everything in the lungs and hila."""

    vessels: LungVessels
    clots: tuple[Clot, ...]
    flow: Flow
    contrast: Contrast
    opacities: Opacities
    textures: Textures

    def paint(self, canvas: Canvas, lung_cover: Field, great: Field) -> Layers:
        """``lung_cover`` and ``great`` (rows, cols): the lungs' coverage, the distance from aorta
        and superior cava. Where these touch an artery, both walls show between the blood.
        """
        tissue = self.contrast
        veins = blurred_distance_on(canvas, self.vessels.veins, margin_mm=_WALL_MM)
        arteries = blurred_distance_on(canvas, self.vessels.arteries, margin_mm=_CREASE_MM)
        self._paint_walls(canvas, np.minimum(arteries, veins), lung_cover)
        crease = np.maximum(arteries - np.float32(_CREASE_MM), great - np.float32(_CREASE_MM))
        if (crease < 0.5 * canvas.edge_mm).any():
            canvas.paint(crease, _CREASE_HU)
        strength = self.flow.vein_strength(canvas, self.textures.blood)
        rise = np.float32(tissue.pulmonary_vein - UNOPACIFIED_BLOOD_HU)
        canvas.paint(veins, UNOPACIFIED_BLOOD_HU + rise * strength)
        content = self._blood(canvas)
        clots = self._set_clots(canvas, content, arteries)
        canvas.paint(arteries, content)
        edge = canvas.edge_mm
        return Layers(coverage(arteries, edge), coverage(veins, edge), lung_cover, clots)

    def _blood(self, canvas: Canvas) -> Field:
        """HU (rows, cols) of arterial blood, wherever there is an artery."""
        strength = self.flow.strength(canvas, self.textures.blood)
        self.opacities.silence(canvas, strength, self.textures.coarse, self.textures.fine)
        full = np.float32(self.contrast.pulmonary_artery - UNOPACIFIED_BLOOD_HU)
        blood: Field = UNOPACIFIED_BLOOD_HU + full * strength
        return blood

    def _paint_walls(self, canvas: Canvas, blood: Field, lung_cover: Field) -> None:
        """The walls of vessels, seen where fat lies about them."""
        in_fat = (lung_cover < 0.5) & (canvas.hu < 20.0)
        wall = np.where(in_fat, blood - np.float32(_WALL_MM), _FAR_MM)
        canvas.paint(wall, 0.6 * self.contrast.muscle)

    def _set_clots(self, canvas: Canvas, content: Field, arteries: Field) -> dict[int, Field]:
        """Sets the clots into ``content``, what arteries hold; gives the coverage of each.

        Not painted over the arteries: a clot that fills its vessel has no rim of blood.
        """
        if not self.clots:
            return {}
        bodies = owned(clot.body for clot in self.clots)
        reach = 2.0 * canvas.edge_mm
        covers = {}
        for place in np.unique(bodies.owner[bodies.near(canvas, reach)]):
            clot = self.clots[int(place)]
            box = clot.body.place_on(canvas, reach)
            part = canvas.part(box)
            if part.is_empty:
                continue
            lumps, grain = self.textures.coarse.on(part), self.textures.fine.on(part)
            distance = clot.distance_on(part, lumps, grain)
            hu = clot.hu + clot.grain_hu * (0.7 * grain + 0.5 * lumps)
            content[box] += (hu - content[box]) * coverage(distance, canvas.edge_mm)
            cover = np.zeros_like(arteries)
            cover[box] = coverage(np.maximum(distance, arteries[box]), canvas.edge_mm)
            covers[int(place)] = cover
        return covers


def clot_distance(part: Canvas, clot: Clot, arteries: Field, textures: Textures) -> Field:
    """Distance (rows, cols) from a clot, which ends where its artery ends, at ``arteries``."""
    if part.is_empty:
        return np.empty_like(part.hu)
    lumps, grain = textures.coarse.on(part), textures.fine.on(part)
    return np.maximum(clot.distance_on(part, lumps, grain), arteries)
