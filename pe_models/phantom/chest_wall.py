"""The chest wall: skin, fat, muscles, ribs, sternum, spine, shoulder blades, and the table."""

from dataclasses import dataclass
from typing import Final

import numpy as np

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
from pe_models.phantom.texture import Texture
from pe_models.phantom.thorax import cavity, front_y, outer_half_axes, spine_y

_RIB_PITCH_MM: Final = 23.0
_RIB_DROP_MM: Final = 112.0
"""How much lower a rib ends in front than it begins behind."""
_VERTEBRA_MM: Final = 23.0
_DISC_MM: Final = 5.0
_TABLE_HU: Final = -260.0


@dataclass(frozen=True, slots=True)
class ChestWall:
    """Everything outside the lungs and the mediastinum, above and below the diaphragm."""

    habitus: Habitus
    contrast: Contrast
    coarse: Texture
    fine: Texture

    def paint(self, canvas: Canvas) -> Field:
        """Paints the wall; gives the distance from the cavity (mm), for those who paint within."""
        inner = cavity(self.habitus, canvas.x, canvas.y, canvas.z)
        strands = self.fine.on(canvas)
        self._paint_table(canvas)
        outer = self._paint_soft_tissue(canvas, inner, self.coarse.on(canvas), strands)
        self._paint_ribs(canvas, inner, strands)
        self._paint_shoulder_blades(canvas, outer, strands)
        self._paint_spine(canvas, strands)
        self._paint_sternum(canvas, strands)
        return inner

    def _paint_table(self, canvas: Canvas) -> None:
        half, depth = outer_half_axes(self.habitus, canvas.z)
        top = 10.0 + depth + self.habitus.fat_mm + self.habitus.table_gap_mm
        sag = canvas.y - np.float32(top) + canvas.x**2 / 1400.0
        for level in (0.0, 16.0):
            shell = np.maximum(np.abs(sag - level) - 0.9, np.abs(canvas.x) - 190.0)
            canvas.paint(shell, _TABLE_HU + 320.0 * (level == 0.0))

    def _paint_soft_tissue(
        self, canvas: Canvas, inner: Field, coarse: Field, strands: Field
    ) -> Field:
        """Skin, fat and muscle; gives the distance from the muscles' outer surface."""
        build, tissue = self.habitus, self.contrast
        half, depth = outer_half_axes(build, canvas.z)
        outer = superellipse(canvas.x, canvas.y - 10.0, half, depth, 2.5) + 1.5 * coarse
        thick = build.fat_mm * (0.75 + 0.35 * np.abs(canvas.x) / 150.0)
        body = self._with_breasts(canvas, outer - thick)
        canvas.paint(body, 25.0)
        canvas.paint(body + 2.0, tissue.fat + 7.0 * strands)
        layers = np.maximum(outer, -(outer + self._muscle_depth(canvas)))
        wall = np.maximum(inner - 9.5, -inner)
        muscle = smooth_union(layers, wall, 5.0)
        muscle = smooth_union(muscle, self._back_muscles(canvas), 5.0)
        # Fat between muscle bundles: thin clefts where the texture crosses zero.
        clefts = 1.1 - 14.0 * np.abs(coarse + 0.35 * strands)
        muscle = np.maximum(muscle, np.minimum(clefts, 0.45 * canvas.edge_mm))
        canvas.paint(muscle, tissue.muscle + 5.0 * strands)
        canvas.paint(inner, tissue.fat + 14.0 + 9.0 * strands)
        return outer

    def _muscle_depth(self, canvas: Canvas) -> Field:
        upper = np.float32(np.interp(canvas.z, (-90, -20, 30), (0.0, 1.0, 1.3)))
        front = np.clip(-(canvas.y + 20) / 60, 0, 1) * upper
        depth: Field = self.habitus.muscle_mm * (0.75 + 0.7 * front)
        return depth.astype(np.float32)

    def _back_muscles(self, canvas: Canvas) -> Field:
        back = float(spine_y(canvas.z))
        x = np.abs(canvas.x - np.float32(self.habitus.spine_offset_mm))
        return ellipse(x, canvas.y, (24.0, back + 46.0), (21.0, 15.0))

    def _with_breasts(self, canvas: Canvas, body: Field) -> Field:
        size = self.habitus.breast_mm
        if size == 0.0 or not -130 < canvas.z < 40:
            return body
        front = front_y(self.habitus, -40.0) - self.habitus.fat_mm - 6.0
        breast = ellipsoid(
            np.abs(canvas.x), canvas.y, canvas.z,
            (68.0, front + 8.0, -45.0), (50.0, 14.0 + size, 62.0),
        )  # fmt: skip
        return smooth_union(body, breast, 16.0)

    def _paint_ribs(self, canvas: Canvas, inner: Field, strands: Field) -> None:
        around = np.arctan2(np.abs(canvas.x), canvas.y - 6.0) / np.float32(np.pi)  # 0 behind
        drop = _RIB_DROP_MM * np.maximum(around - 0.06, 0.0) ** 0.9
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
        canvas.paint(bone + 1.7, self.contrast.marrow * 0.9 + 40.0 * strands)

    def _paint_shoulder_blades(self, canvas: Canvas, outer: Field, strands: Field) -> None:
        z = canvas.z
        if not -75 < z < 85:
            return
        medial = (float(np.interp(z, (-75, 0, 80), (100, 74, 66))), float(np.interp(z, (-75, 0, 80), (86, 92, 86))))  # fmt: skip
        lateral = (float(np.interp(z, (-75, 0, 80), (108, 136, 140))), float(np.interp(z, (-75, 0, 80), (80, 50, 36))))  # fmt: skip
        distance, along = segment(np.abs(canvas.x), canvas.y, medial, lateral)
        bulk = np.maximum(distance - 15.0 - 5.0 * along, outer + 1.0)
        canvas.paint(np.where(canvas.hu < 0, bulk, 9.0), self.contrast.muscle + 5.0 * strands)
        blade = distance - (2.0 + 3.2 * along**3 + 1.2 * (1 - along) ** 4)
        canvas.paint(blade, self.contrast.cortex * 0.9)
        canvas.paint(blade + 2.0, self.contrast.marrow + 50.0 * strands)
        if z > 5:
            root, _ = segment(np.abs(canvas.x), canvas.y, (104.0, 72.0), (122.0, 92.0))
            canvas.paint(root - 2.6, self.contrast.cortex * 0.85)

    def _paint_spine(self, canvas: Canvas, strands: Field) -> None:
        back = float(spine_y(canvas.z))
        part = canvas.box((-75.0, 75.0), (back - 40.0, back + 85.0))
        if part.is_empty:
            return
        grain = self.fine.on(part)
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
        part.paint(body, self.contrast.cortex * 0.85)
        part.paint(body + 1.5, marrow + 38.0 * grain)

    def _paint_arch(self, part: Canvas, x: Field, y: Field, level: float, grain: Field) -> None:
        """Pedicles, laminae, transverse and spinous processes, and the canal with its cord."""
        high = np.float32(np.clip(1.4 - abs(level - 15.0) / 6.0, -1.0, 1.0))
        canal = np.hypot(x / 1.15, y - 24.0) - 8.5
        ring = np.maximum(np.abs(canal - 2.6) - 2.8, 10.0 - y - 8.0 * high)
        lamina = np.maximum(ring, 24.0 - y - 14.0 * max(float(high), 0.0))
        wing, along = segment(x, y, (9.0, 22.0), (33.0, 33.0))
        wings = wing - (2.5 + 2.4 * float(high)) - 1.2 * along
        spine, _ = segment(x, y, (0.0, 36.0), (0.0, 56.0))
        process = spine - (2.4 + 1.4 * float(high))
        arch = np.minimum(np.minimum(lamina, wings), process)
        part.paint(arch, self.contrast.cortex)
        part.paint(arch + 1.7, self.contrast.marrow * 1.1 + 50.0 * grain)
        part.paint(canal, -20.0)
        part.paint(np.hypot(x / 1.15, y - 24.0) - 5.6, 38.0)

    def _paint_sternum(self, canvas: Canvas, strands: Field) -> None:
        if not -118 < canvas.z < 46:
            return
        half = float(np.interp(canvas.z, (-118, -90, 0, 22, 40), (7, 15, 14, 25, 29)))
        y = canvas.y - np.float32(front_y(self.habitus, canvas.z) - 7.5)
        bone = superellipse(canvas.x - 1.0, y, half, 6.2, 3.2)
        canvas.paint(bone, self.contrast.cortex * 0.75)
        canvas.paint(bone + 1.6, self.contrast.marrow * 0.75 + 35.0 * strands)
