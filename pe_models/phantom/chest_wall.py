"""The chest wall: skin, fat, muscles, bones, and the table below it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.phantom import arms, bones, spine
from pe_models.phantom.coarse import CoarseGrid
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.shapes import Canvas, Field, ellipse, ellipsoid, smooth_union
from pe_models.phantom.texture import Textures
from pe_models.phantom.thorax import cavity, front_y, muscle_surface, outer_half_axes, spine_y

_TABLE_HU: Final = -260.0
_SKIN_HU: Final = 15.0
_SKIN_MM: Final = 1.6
_CLEFT_MM: Final = 0.8
_SHEET_AROUND: Final = (0.0, 0.12, 0.3, 0.42, 0.52, 0.62, 0.75, 0.88, 0.94, 1.0)


@dataclass(frozen=True, slots=True)
class _Surfaces:
    """Distances on the coarse grid (mm): the cavity, all muscle, the skin, and the muscles."""

    inner: Field
    outer: Field
    skin: Field
    muscle: Field


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
        surfaces = self._surfaces(grid.canvas)
        inner, outer = grid.brought(surfaces.inner), grid.brought(surfaces.outer)
        strands = self.textures.fine.on(canvas)
        self._paint_table(canvas)
        if build.arms_are_down:
            arms.paint(canvas, build, tissue, strands)
        self._paint_fat(canvas, grid.brought(surfaces.skin), strands)
        self._paint_muscles(canvas, grid, surfaces, inner, strands)
        bones.paint_ribs(canvas, grid, surfaces.inner, build, tissue, strands)
        bones.paint_blades(canvas, outer, tissue, strands)
        bones.paint_shoulders(canvas, build, tissue, strands)
        spine.paint(canvas, build, tissue, self.textures.fine)
        bones.paint_sternum(canvas, tissue, strands)
        return inner

    def _surfaces(self, coarse: Canvas) -> _Surfaces:
        build = self.habitus
        broad, lumps = self.textures.broad.on(coarse), self.textures.coarse.on(coarse)
        inner = cavity(build, coarse.x, coarse.y, coarse.z)
        outer = muscle_surface(build, coarse.x, coarse.y, coarse.z) + 0.9 * broad
        thick = build.fat_mm * (0.7 + 0.5 * np.abs(coarse.x) / 150.0)
        muscle = smooth_union(self._muscle_sheet(coarse, outer), np.abs(inner - 4.0) - 5.0, 4.0)
        muscle = smooth_union(muscle, self._back_muscles(coarse), 5.0)
        muscle = np.minimum(muscle, _shoulder_muscles(coarse, inner, outer, broad, lumps))
        return _Surfaces(inner, outer, self._with_breasts(coarse, outer - thick), muscle)

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

    def _paint_muscles(
        self, canvas: Canvas, grid: CoarseGrid, surfaces: _Surfaces, inner: Field, strands: Field
    ) -> None:
        """Muscles, parted by thin clefts of fat where a texture crosses zero."""
        tissue, coarse = self.contrast, grid.canvas
        seam = self.textures.broad.on(coarse) + 0.12 * self.textures.coarse.on(coarse)
        clefts = _CLEFT_MM - 14.0 * np.abs(grid.brought(seam))
        muscle = np.maximum(grid.brought(surfaces.muscle), np.minimum(clefts, 0.3 * canvas.edge_mm))
        canvas.paint(muscle, tissue.muscle + 4.0 * strands)
        canvas.paint(inner, tissue.fat + 10.0 + 5.0 * strands)
        # Fat lies before the necks of the ribs, muscle among and behind them.
        behind = spine_y(canvas.z) + 21.0 - canvas.y + 4.0 * self.textures.coarse.on(canvas)
        beside_spine = np.maximum(inner, behind)
        canvas.paint(beside_spine, tissue.muscle - 8.0 + 6.0 * strands)

    def _muscle_sheet(self, canvas: Canvas, outer: Field) -> Field:
        """Pectorals, latissimus and the muscles of the back: a sheet of uneven thickness."""
        around = np.arctan2(np.abs(canvas.x), canvas.y - 10.0) / np.float32(np.pi)  # 0 behind
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

    def _with_breasts(self, canvas: Canvas, body: Field) -> Field:
        size = self.habitus.breast_mm
        if size == 0.0 or not -130 < canvas.z < 40:
            return body
        front = float(front_y(-40.0)) - self.habitus.fat_mm - 6.0
        breast = ellipsoid(
            np.abs(canvas.x), canvas.y, canvas.z,
            (72.0, front + 10.0, -45.0), (56.0, 12.0 + 0.8 * size, 62.0),
        )  # fmt: skip
        return smooth_union(body, breast, 26.0)


def _shoulder_muscles(
    canvas: Canvas, inner: Field, outer: Field, broad: Field, lumps: Field
) -> Field:
    """Bellies that fill the shoulder girdle, with the fat of the armpit between them."""
    fill = float(np.interp(canvas.z, (-40, 20, 70), (-0.6, 0.15, 0.55)))
    room = np.maximum(outer + 1.0, 7.0 - inner)
    bellies: Field = np.maximum(room, (-broad - 0.35 * lumps - fill) * 8.0)
    return bellies
