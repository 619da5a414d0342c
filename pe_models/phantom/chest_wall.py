"""The chest wall: skin, fat, muscles, bones, and the table below it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.phantom import arms, bones, breasts, spine
from pe_models.phantom.cage import around_cage, into_cage
from pe_models.phantom.coarse import CoarseGrid
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.shapes import Canvas, Field, ellipse, smooth_union
from pe_models.phantom.texture import Textures
from pe_models.phantom.thorax import cavity_in_cage, muscle_surface, outer_half_axes, spine_y

_TABLE_HU: Final = -260.0
_SKIN_HU: Final = 15.0
_SKIN_MM: Final = 1.6
_CLEFT_MM: Final = 1.2
_AXILLA: Final = (118.0, 6.0)
_AXILLA_MM: Final = (24.0, 38.0)
"""The fat of the armpit: x away from the midline and y of its middle, half width and depth."""
_BEHIND_X_MM: Final = (-150.0, 150.0)
_BEHIND_ROOM_MM: Final = 32.0
_SHEET_AROUND: Final = (0.0, 0.12, 0.3, 0.42, 0.52, 0.62, 0.75, 0.88, 0.94, 1.0)


@dataclass(frozen=True, slots=True)
class _Surfaces:
    """Distances on the coarse grid (mm): the cavity, all muscle, the skin, and the muscles.

    ``planes`` is positive within the planes of fat that part the muscles.
    """

    inner: Field
    outer: Field
    skin: Field
    muscle: Field
    planes: Field


@dataclass(frozen=True, slots=True)
class ChestWall:
    """Everything outside the lungs and the mediastinum, above and below the diaphragm."""

    habitus: Habitus
    contrast: Contrast
    textures: Textures

    def paint(self, canvas: Canvas) -> Field:
        """Paints the wall; gives the distance from the cavity (mm), for those who paint within."""
        build, tissue = self.habitus, self.contrast
        grid = CoarseGrid.under(canvas)
        coarse = grid.canvas
        x, y = into_cage(build, coarse.x, coarse.y)
        cage = Canvas(x, y, coarse.z, coarse.edge_mm, coarse.hu)
        surfaces = self._surfaces(cage, self.textures.broad.on(coarse),
                                  self.textures.coarse.on(coarse))  # fmt: skip
        inner, outer = grid.brought(surfaces.inner), grid.brought(surfaces.outer)
        strands = self.textures.fine.on(canvas)
        self._paint_table(canvas)
        if build.arms_are_down:
            arms.paint(canvas, build, tissue, strands)
        skin = grid.brought(surfaces.skin)
        self._paint_fat(canvas, skin, strands)
        breasts.paint_glands(canvas, skin, build, tissue, self.textures)
        canvas.paint(self._parted(canvas, grid, surfaces), tissue.muscle + 4.0 * strands)
        self._paint_inside(canvas, inner, strands)
        bones.paint_ribs(canvas, grid, surfaces.inner, build, tissue, strands)
        bones.paint_blades(canvas, outer, build, tissue, strands)
        bones.paint_shoulders(canvas, build, tissue, strands)
        spine.paint(canvas, build, tissue, self.textures.fine)
        bones.paint_sternum(canvas, build, tissue, strands)
        return inner

    def _surfaces(self, cage: Canvas, broad: Field, lumps: Field) -> _Surfaces:
        """The surfaces on a coarse canvas whose x and y are those of the cage, with textures."""
        build = self.habitus
        inner = cavity_in_cage(build, cage.x, cage.y, cage.z)
        outer = muscle_surface(build, cage.x, cage.y, cage.z) + 0.9 * broad
        thick = build.fat_mm * (0.7 + 0.5 * np.abs(cage.x) / 150.0)
        muscle = smooth_union(self._muscle_sheet(cage, outer), np.abs(inner - 4.0) - 5.0, 4.0)
        muscle = smooth_union(muscle, self._back_muscles(cage), 5.0)
        muscle = np.minimum(muscle, _shoulder_muscles(cage, inner, outer, broad, lumps))
        # Planes of fat lie between the bellies: where a texture crosses zero, and half way down.
        across = _CLEFT_MM - 9.0 * np.abs(broad + 0.12 * lumps)
        half_way = outer + 0.5 * build.muscle_mm + 1.6 * broad
        along = 0.5 + 0.6 * lumps - np.abs(half_way)
        skin = breasts.joined_to(outer - thick, cage, build)
        return _Surfaces(inner, outer, skin, muscle, np.maximum(across, along))

    def _paint_table(self, canvas: Canvas) -> None:
        _, depth = outer_half_axes(self.habitus, canvas.z)
        top = 10.0 + depth + self.habitus.fat_mm + self.habitus.table_gap_mm
        part = canvas.box((-195.0, 195.0), (top - 35.0, top + 25.0))
        sag = part.y - np.float32(top) + part.x**2 / 1400.0
        for level in (0.0, 16.0):
            shell = np.maximum(np.abs(sag - level) - 1.2, np.abs(part.x) - 190.0)
            part.paint(shell, _TABLE_HU + 320.0 * (level == 0.0))

    def _paint_fat(self, canvas: Canvas, skin: Field, strands: Field) -> None:
        """Skin, and the fat below it with its septa and small vessels."""
        canvas.paint(skin, _SKIN_HU)
        canvas.paint(skin + np.float32(_SKIN_MM), self.contrast.fat + 4.0 * strands)
        thread = np.abs(self.textures.threads.on(canvas)) * 5.0 - 0.15
        canvas.paint(np.maximum(thread, skin + 3.0), self.contrast.fat + 55.0)

    def _parted(self, canvas: Canvas, grid: CoarseGrid, surfaces: _Surfaces) -> Field:
        """Distance from the muscles (rows, cols), which planes of fat part softly."""
        planes = np.minimum(grid.brought(surfaces.planes), 0.25 * canvas.edge_mm)
        return np.maximum(grid.brought(surfaces.muscle), planes)

    def _paint_inside(self, canvas: Canvas, inner: Field, strands: Field) -> None:
        """What lines the rib cage: fat before the necks of the ribs, muscle among and behind."""
        tissue = self.contrast
        canvas.paint(inner, tissue.fat + 10.0 + 5.0 * strands)
        border = float(spine_y(canvas.z)) + 21.0
        box = canvas.place(_BEHIND_X_MM, (border - _BEHIND_ROOM_MM, border + 120.0))
        part = canvas.part(box)
        if part.is_empty:
            return
        _, y = into_cage(self.habitus, part.x, part.y)
        before = np.float32(border) - y + 4.0 * self.textures.coarse.on(part)
        part.paint(np.maximum(inner[box], before), tissue.muscle - 8.0 + 6.0 * strands[box])

    def _muscle_sheet(self, canvas: Canvas, outer: Field) -> Field:
        """Pectorals, latissimus and the muscles of the back: a sheet of uneven thickness."""
        around = around_cage(canvas.x, canvas.y)
        upper = float(np.interp(canvas.z, (-90, -20, 30), (0.3, 1.0, 1.5)))
        axilla = float(np.interp(canvas.z, (-80, -20, 40), (0.5, 1.35, 1.6)))
        share = np.interp(
            around, _SHEET_AROUND,
            (0.7, 1.0, 1.15 * max(axilla, 1.0), axilla, 0.45 * axilla, 0.4 * upper, upper,
             0.9 * upper, 0.3, 0.15),
        ).astype(np.float32)  # fmt: skip
        sheet: Field = np.maximum(outer, -(outer + self.habitus.muscle_mm * share))
        return sheet

    def _back_muscles(self, canvas: Canvas) -> Field:
        back = float(spine_y(canvas.z))
        x = np.abs(canvas.x - np.float32(self.habitus.spine_offset_mm))
        return ellipse(x, canvas.y, (24.0, back + 46.0), (21.0, 15.0))


def _shoulder_muscles(
    cage: Canvas, inner: Field, outer: Field, broad: Field, lumps: Field
) -> Field:
    """Bellies that fill the shoulder girdle, about the fat of the armpit."""
    fill = float(np.interp(cage.z, (-50, 0, 50), (-0.7, 0.5, 1.3)))
    (x, y), (width, depth) = _AXILLA, _AXILLA_MM
    away = ((np.abs(cage.x) - x) / width) ** 2 + ((cage.y - y) / depth) ** 2
    hollow = 2.0 * np.exp(-away)
    room = np.maximum(outer + 1.0, 7.0 - inner)
    bellies: Field = np.maximum(room, (hollow - broad - 0.55 * lumps - fill) * 5.0)
    return bellies
