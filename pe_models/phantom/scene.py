"""Scene: everything of one phantom, and the order in which one of its slices is painted."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom import abdomen, arms, heart_painting, scars, shadows
from pe_models.phantom.airways import Airways
from pe_models.phantom.chest_wall import ChestWall
from pe_models.phantom.circulation import Circulation, Layers
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.crotches import Crotches
from pe_models.phantom.defects import FillingDefect
from pe_models.phantom.great import GreatVessels
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.hardware import Hardware
from pe_models.phantom.heart import Heart
from pe_models.phantom.hilum import Hilum
from pe_models.phantom.lumps import Lumps
from pe_models.phantom.lung_shape import LungShape
from pe_models.phantom.opacities import Opacities
from pe_models.phantom.parenchyma import Parenchyma
from pe_models.phantom.pericardium import Pericardium
from pe_models.phantom.pleura import Pleura
from pe_models.phantom.shadows import CavaStreaks
from pe_models.phantom.shapes import Canvas, Field, Place, coverage
from pe_models.phantom.surgery import Surgery
from pe_models.phantom.texture import Textures
from pe_models.phantom.tubes import Tubes

_BORDER_MM: Final = 3.0
"""How far outside the rib cage what it holds may still be drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One chest with its contrast and its clots, in the coordinates of the reference chest."""

    habitus: Habitus
    contrast: Contrast
    wall: ChestWall
    lung_shape: LungShape
    parenchyma: Parenchyma
    opacities: Opacities
    scars: Tubes | None
    nodules: Lumps
    bumps: Lumps
    bullae: Lumps
    pleura: Pleura
    heart: Heart
    pericardium: Pericardium
    great: GreatVessels
    hilum: Hilum
    crotches: Crotches
    airways: Airways
    circulation: Circulation
    defect: FillingDefect | None
    surgery: Surgery
    hardware: Hardware
    cava_streaks: CavaStreaks
    textures: Textures

    def paint(self, canvas: Canvas) -> Layers:
        """Paints one slice, from the outside inward, on a canvas of air."""
        inner = self.wall.paint(canvas)
        abdomen.paint(canvas, inner, self.habitus, self.contrast, self.textures.fine)
        box = _box_of(inner < _BORDER_MM)
        layers = Layers.empty(canvas.hu.shape)
        if box is not None:
            within = self._paint_within(canvas.part(box), inner[box])
            layers = within.placed_in(canvas.hu.shape, box)
        self._paint_artefacts(canvas)
        return layers

    def _paint_artefacts(self, canvas: Canvas) -> None:
        """What the dense things of the chest do to the picture about them."""
        shadows.paint(canvas, self.habitus)
        if self.habitus.arms_are_down:
            arms.add_shadow(canvas, self.habitus)
        self.cava_streaks.paint(canvas)
        self.hardware.paint(canvas)

    def _paint_within(self, canvas: Canvas, inner: Field) -> Layers:
        """Paints what the rib cage holds; ``inner`` is the distance from the cavity."""
        textures, contrast = self.textures, self.contrast
        lung = self.lung_shape.on(canvas)
        self.parenchyma.paint(canvas, lung, textures)
        self.opacities.paint(canvas, lung, textures.coarse, textures.fine)
        self.pleura.paint_squeezed(canvas, lung, inner, textures)
        self.hilum.paint_fat(canvas, lung, contrast.fat, textures)
        chambers = heart_painting.paint(canvas, self.heart, contrast, textures)
        self.pericardium.paint(canvas)
        self.hilum.paint(canvas, contrast.fat)
        self.crotches.paint(canvas)
        chambers, touched = self.great.paint(canvas, contrast, textures, chambers)
        self.airways.paint(canvas)
        if self.scars is not None:
            scars.paint(canvas, self.scars, lung, textures)
        self.nodules.paint_strands(canvas, lung)
        layers = self.circulation.paint(canvas, coverage(lung, canvas.edge_mm), touched)
        layers = layers.with_chambers(chambers)
        for lumps in (self.bullae, self.nodules, self.bumps):
            buried = lumps.paint(canvas, lung, textures)
            layers = layers if buried is None else layers.hidden_by(buried)
        if self.defect is not None:
            self.defect.paint(canvas, textures.coarse)
        self.surgery.paint(canvas)
        fluid = self.pleura.paint_fluid(canvas, lung, inner)
        return layers if fluid is None else layers.hidden_by(fluid)


def _box_of(mask: NDArray[np.bool_]) -> Place | None:
    """The rows and columns that ``mask`` spans; None where it is empty or a single line."""
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) < 2 or len(cols) < 2:
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)
