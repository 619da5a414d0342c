"""The chest wall: skin, fat, muscles, ribs, sternum, spine, shoulder blades, and the table."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pe_models.phantom import arms
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.shapes import (
    Canvas,
    Field,
    ellipse,
    ellipsoid,
    segment,
    smooth_union,
    superellipse,
)  # fmt: skip
from pe_models.phantom.texture import Textures
from pe_models.phantom.thorax import cavity, front_y, outer_half_axes, spine_y

_RIB_PITCH_MM: Final = 23.0
_RIB_DROP_MM: Final = 112.0
"""How much lower a rib ends in front than it begins behind."""
_VERTEBRA_MM: Final = 23.0
_DISC_MM: Final = 5.0
_TABLE_HU: Final = -260.0
_BLADE_Z: Final = (-75.0, 0.0, 80.0)
_BLADE: Final = (
    ((98, 76, 68), (88, 93, 86)),
    ((106, 108, 100), (86, 76, 66)),
    ((112, 136, 132), (80, 50, 36)),
)
"""Medial border, middle and lateral border of the shoulder blade: x and y (mm) at ``_BLADE_Z``."""


@dataclass(frozen=True, slots=True)
class ChestWall:
    """Everything outside the lungs and the mediastinum, above and below the diaphragm."""

    habitus: Habitus
    contrast: Contrast
    textures: Textures

    def paint(self, canvas: Canvas) -> Field:
        """Paints the wall; gives the distance from the cavity (mm), for those who paint within."""
        inner = cavity(self.habitus, canvas.x, canvas.y, canvas.z)
        strands = self.textures.fine.on(canvas)
        self._paint_table(canvas)
        if self.habitus.arms_are_down:
            arms.paint(canvas, self.habitus, self.contrast, strands)
        outer = self._paint_soft_tissue(canvas, inner, strands)
        self._paint_ribs(canvas, inner, strands)
        self._paint_shoulder_blades(canvas, outer, strands)
        self._paint_spine(canvas, strands)
        self._paint_sternum(canvas, strands)
        return inner

    def _paint_table(self, canvas: Canvas) -> None:
        _, depth = outer_half_axes(self.habitus, canvas.z)
        top = 10.0 + depth + self.habitus.fat_mm + self.habitus.table_gap_mm
        sag = canvas.y - np.float32(top) + canvas.x**2 / 1400.0
        for level in (0.0, 16.0):
            shell = np.maximum(np.abs(sag - level) - 1.2, np.abs(canvas.x) - 190.0)
            canvas.paint(shell, _TABLE_HU + 320.0 * (level == 0.0))

    def _paint_soft_tissue(self, canvas: Canvas, inner: Field, strands: Field) -> Field:
        """Skin, fat and muscle; gives the distance from the muscles' outer surface."""
        build, tissue = self.habitus, self.contrast
        half, depth = outer_half_axes(build, canvas.z)
        broad, coarse = self.textures.broad.on(canvas), self.textures.coarse.on(canvas)
        outer = superellipse(canvas.x, canvas.y - 10.0, half, depth, 2.5) + 2.5 * broad
        thick = build.fat_mm * (0.7 + 0.5 * np.abs(canvas.x) / 150.0)
        body = self._with_breasts(canvas, outer - thick)
        canvas.paint(body, 15.0)
        canvas.paint(body + 1.6, tissue.fat + 4.0 * strands)
        self._paint_strands(canvas, body)
        muscle = smooth_union(self._muscle_sheet(canvas, outer), np.abs(inner - 4.0) - 5.0, 4.0)
        muscle = smooth_union(muscle, self._back_muscles(canvas), 5.0)
        muscle = np.minimum(muscle, self._shoulder_muscles(canvas, inner, outer, broad, coarse))
        # Fat between muscle bundles: thin clefts where the texture crosses zero.
        seam = np.abs(broad + 0.12 * coarse)
        clefts = np.minimum(0.8 - 14.0 * seam, 0.3 * canvas.edge_mm)
        canvas.paint(np.maximum(muscle, clefts), tissue.muscle + 4.0 * strands)
        canvas.paint(inner, tissue.fat + 10.0 + 5.0 * strands)
        beside_spine = np.maximum(inner, spine_y(canvas.z) + 12.0 - canvas.y)
        canvas.paint(beside_spine, tissue.muscle - 8.0 + 6.0 * strands)
        return outer

    def _paint_strands(self, canvas: Canvas, body: Field) -> None:
        """Septa and small vessels of the subcutaneous fat."""
        thread = np.abs(self.textures.threads.on(canvas)) * 5.0 - 0.15
        canvas.paint(np.maximum(thread, body + 3.0), self.contrast.fat + 55.0)

    def _muscle_sheet(self, canvas: Canvas, outer: Field) -> Field:
        """Pectorals, latissimus and the muscles of the back: a sheet of uneven thickness."""
        around = np.arctan2(np.abs(canvas.x), canvas.y - 10.0) / np.float32(np.pi)  # 0 behind
        upper = float(np.interp(canvas.z, (-90, -20, 30), (0.3, 1.0, 1.5)))
        share = np.interp(
            around,
            (0.0, 0.12, 0.3, 0.42, 0.52, 0.62, 0.75, 0.88, 0.94, 1.0),
            (0.7, 1.0, 1.25, 1.1, 0.35, 0.5 * upper, upper, 0.9 * upper, 0.3, 0.15),
        ).astype(np.float32)
        sheet: Field = np.maximum(outer, -(outer + self.habitus.muscle_mm * share))
        return sheet

    def _shoulder_muscles(
        self, canvas: Canvas, inner: Field, outer: Field, broad: Field, coarse: Field
    ) -> Field:
        """Bellies that fill the shoulder girdle, with the fat of the armpit between them."""
        fill = float(np.interp(canvas.z, (-40, 20, 70), (-0.6, 0.15, 0.55)))
        room = np.maximum(outer + 1.0, 7.0 - inner)
        bellies: Field = np.maximum(room, (-broad - 0.35 * coarse - fill) * 8.0)
        return bellies

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
            (68.0, front + 8.0, -45.0), (50.0, 14.0 + size, 62.0),
        )  # fmt: skip
        return smooth_union(body, breast, 16.0)

    def _paint_ribs(self, canvas: Canvas, inner: Field, strands: Field) -> None:
        around = np.arctan2(np.abs(canvas.x), canvas.y - 6.0) / np.float32(np.pi)  # 0 behind
        slope = np.clip((around - 0.05) / 0.9, 0.0, 1.0)
        drop = _RIB_DROP_MM * (0.4 * slope + 0.6 * slope * slope * (3.0 - 2.0 * slope))
        height = canvas.z + drop + self.habitus.rib_phase_mm
        number = np.round(height / _RIB_PITCH_MM)
        rise = (height - number * _RIB_PITCH_MM) * 0.8
        cover = np.sqrt((rise / 6.6) ** 2 + ((inner - 5.2) / 3.9) ** 2)
        rib = (cover - 1.0) * np.float32(3.9)
        rib = np.maximum(rib, (0.075 - around) * 180.0)
        bone = np.maximum(rib, (around - 0.76) * 180.0)
        cartilage = np.maximum(rib - 0.6, (0.76 - around) * 180.0)
        canvas.paint(np.maximum(cartilage, (around - 0.95) * 180.0), 95.0 + 25.0 * strands)
        canvas.paint(bone, self.contrast.cortex)
        canvas.paint(bone + 1.5 + 0.3 * strands, self.contrast.marrow * 1.1 + 40.0 * strands)

    def _paint_shoulder_blades(self, canvas: Canvas, outer: Field, strands: Field) -> None:
        z = canvas.z
        if not -75 < z < 85:
            return
        medial, middle, lateral = (
            (float(np.interp(z, _BLADE_Z, xs)), float(np.interp(z, _BLADE_Z, ys)))
            for xs, ys in _BLADE
        )
        x = np.abs(canvas.x + 3.0)
        near, along_near = segment(x, canvas.y, medial, middle)
        far, along_far = segment(x, canvas.y, middle, lateral)
        bulk = np.maximum(np.minimum(near, far) - 13.0, outer + 1.0)
        bulk = np.where(canvas.hu < 20, bulk, np.float32(9.0))
        canvas.paint(bulk, self.contrast.muscle + 4.0 * strands)
        thick_near = 1.9 + 1.6 * (1 - along_near) ** 4
        blade = np.minimum(near - thick_near, far - (1.9 + 3.4 * along_far**2))
        if z > 0:
            ridge, along = segment(x, canvas.y, (102.0, 74.0), (116.0, 92.0))
            blade = np.minimum(blade, ridge - 1.8 - 1.2 * along)
        canvas.paint(blade + 0.4 * strands, self.contrast.cortex * 0.9)
        canvas.paint(blade + 1.8, self.contrast.marrow + 50.0 * strands)

    def _paint_spine(self, canvas: Canvas, strands: Field) -> None:
        back = float(spine_y(canvas.z))
        part = canvas.box((-75.0, 75.0), (back - 40.0, back + 85.0))
        if part.is_empty:
            return
        grain = self.textures.fine.on(part)
        x = part.x - np.float32(self.habitus.spine_offset_mm)
        y = part.y - np.float32(back)
        level = (part.z + 0.5 * self.habitus.rib_phase_mm) % _VERTEBRA_MM
        self._paint_arch(part, np.abs(x), y, level, grain)
        body = np.minimum(
            superellipse(x, y, 18.5, 14.5, 2.3), superellipse(x, y + 2.0, 15.0, 15.5, 2.0)
        )
        body = np.maximum(body, 6.0 - np.hypot(x, y - 22.0))
        if level < _DISC_MM:
            part.paint(body + 0.6, 92.0 + 6.0 * grain)
            return
        rim = min(level - _DISC_MM, _VERTEBRA_MM - level)
        endplate = float(np.clip(1.6 - 0.5 * rim, 0, 1))
        marrow = self.contrast.marrow * (1 + 0.8 * endplate)
        part.paint(body, self.contrast.cortex * 0.62)
        part.paint(body + 1.3 + 0.3 * grain, marrow + 27.0 * grain)

    def _paint_arch(self, part: Canvas, x: Field, y: Field, level: float, grain: Field) -> None:
        """Pedicles, laminae, transverse and spinous processes, and the canal with its cord."""
        high = np.float32(np.clip(1.4 - abs(level - 15.0) / 6.0, -1.0, 1.0))
        canal = np.hypot(x / 1.15, y - 24.0) - 8.5
        ring = np.maximum(np.abs(canal - 2.6) - 2.8, 10.0 - y - 8.0 * high)
        lamina = np.maximum(ring, 24.0 - y - 14.0 * max(float(high), 0.0))
        wing, along = segment(x, y, (10.0, 21.0), (31.0, 31.0))
        wings = wing - (1.6 + 2.0 * float(high)) - 1.4 * along**3
        tip, along = segment(x, y, (0.0, 36.0), (0.0, 52.0))
        process = tip - (1.6 + 0.8 * float(high)) - 1.8 * along**4
        arch = np.minimum(np.minimum(lamina, wings), process)
        part.paint(arch + 0.4 * grain, self.contrast.cortex * 0.9)
        part.paint(arch + 1.6, self.contrast.marrow * 1.3 + 60.0 * grain)
        part.paint(canal, -20.0)
        part.paint(np.hypot(x / 1.15, y - 24.0) - 5.6, 38.0)

    def _paint_sternum(self, canvas: Canvas, strands: Field) -> None:
        if not -118 < canvas.z < 46:
            return
        half = float(np.interp(canvas.z, (-118, -90, 0, 22, 40), (7, 15, 14, 25, 29)))
        y = canvas.y - (front_y(canvas.z) - np.float32(7.5))
        bone = superellipse(canvas.x - 1.0, y, half, 6.2, 3.2)
        canvas.paint(bone + 0.3 * strands, self.contrast.cortex * 0.65)
        canvas.paint(bone + 1.4, self.contrast.marrow * 0.75 + 35.0 * strands)
