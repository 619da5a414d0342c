"""Scene: everything of one phantom, and how one of its slices is painted."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pe_models.phantom import abdomen
from pe_models.phantom.chest_wall import ChestWall
from pe_models.phantom.contrast import Contrast
from pe_models.phantom.emboli import Clot, clot_tubes
from pe_models.phantom.great import Great, GreatVessels
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.heart import Heart, HeartFields
from pe_models.phantom.hilum import HilarNodes
from pe_models.phantom.lung_vessels import LungVessels
from pe_models.phantom.shapes import Canvas, Field, Scalar, coverage
from pe_models.phantom.texture import Texture
from pe_models.phantom.thorax import lungs
from pe_models.phantom.tubes import Tubes, distance_on, joined

AIR_HU = -1000.0
_WALLED = (Great.AORTA, Great.ARCH_BRANCH)
"""Vessels whose wall is thick enough to be seen against fat and against other blood."""
_COARSE_MM = 2.2
_REACH_MM = 24.0
"""How far the distance to the great vessels must be known, for the fat that joins them."""


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """What one painted slice holds beside its HU: coverages in [0, 1], each (rows, cols).

    ``clots`` has one coverage for each clot that the slice meets, by the place of the clot.
    """

    arteries: Field
    veins: Field
    lungs: Field
    clots: dict[int, Field]


@dataclass(frozen=True, slots=True, eq=False)
class Textures:
    """The random fields of one phantom, by what they are used for."""

    broad: Texture
    coarse: Texture
    threads: Texture
    fine: Texture
    lung: Texture
    blood: Texture

    @classmethod
    def make(cls, seed: int) -> "Textures":
        return cls(
            broad=Texture.make(seed, "broad", 34.0),
            coarse=Texture.make(seed, "coarse", 9.0),
            threads=Texture.make(seed, "threads", 13.0),
            fine=Texture.make(seed, "fine", 2.6),
            lung=Texture.make(seed, "lung", 7.0),
            blood=Texture.make(seed, "blood", 16.0),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One chest with its contrast and its clots, in the coordinates of the reference chest."""

    habitus: Habitus
    contrast: Contrast
    heart: Heart
    great: GreatVessels
    vessels: LungVessels
    nodes: HilarNodes
    clots: tuple[Clot, ...]
    textures: Textures

    def paint(self, canvas: Canvas) -> Layers:
        """Paints one slice, from the outside inward, on a canvas of air."""
        wall = ChestWall(
            self.habitus,
            self.contrast,
            self.textures.broad,
            self.textures.coarse,
            self.textures.threads,
            self.textures.fine,
        )
        inner = wall.paint(canvas)
        abdomen.paint(canvas, inner, self.habitus, self.contrast, self.textures.fine)
        lung_cover = self._paint_lungs(canvas)
        self._paint_heart(canvas)
        self._paint_great_vessels(canvas)
        self._paint_streaks(canvas)
        return self._paint_lung_vessels(canvas, lung_cover)

    def _paint_lungs(self, canvas: Canvas) -> Field:
        distance = self._lung_distance(canvas)
        gravity = 0.45 * (canvas.y - 10.0)
        grain = self.textures.lung.on(canvas)
        air = self.contrast.lung + gravity + 9.0 * grain
        canvas.paint(distance, air)
        return coverage(distance, canvas.edge_mm)

    def _lung_distance(self, canvas: Canvas) -> Field:
        """Computed on a coarser grid, for its surface is smooth, and brought to the canvas."""
        pitch = float(canvas.x[0, 1] - canvas.x[0, 0])
        step = max(1, round(_COARSE_MM / pitch))
        rows, cols = canvas.hu.shape
        coarse = _coarsened(canvas, step)
        tubes = distance_on(coarse, self._envelope(), margin_mm=_REACH_MM)
        heart = self.heart.fields(coarse.x, coarse.y, coarse.z).whole
        distance = lungs(self.habitus, coarse.x, coarse.y, coarse.z, heart=heart, great=tubes)
        if step == 1:
            return distance
        size = (coarse.hu.shape[1] * step, coarse.hu.shape[0] * step)
        fine: Field = cv2.resize(distance, size, interpolation=cv2.INTER_CUBIC)[:rows, :cols]
        return fine

    def _envelope(self) -> Tubes:
        return joined((self.great.envelope(), self.vessels.hilar))

    def _paint_heart(self, canvas: Canvas) -> None:
        part = canvas.box((-90.0, 110.0), (-105.0, 50.0))
        if part.is_empty or not -150 < part.z < -25:
            return
        fields: HeartFields = self.heart.fields(part.x, part.y, part.z)
        mix = self.textures.blood.on(part)
        tissue = self.contrast
        fuzzy = part.edge_mm + 1.4  # the beating heart has soft borders
        part.paint(fields.whole, tissue.myocardium + 4.0 * mix, edge_mm=fuzzy)
        rough = 1.6 * self.textures.coarse.on(part)
        right = tissue.right_heart * (1 + 0.05 * mix)
        part.paint(fields.right_atrium, right * 0.97 + 0.12 * tissue.superior_cava * mix.clip(0, 1),
                   edge_mm=fuzzy)  # fmt: skip
        part.paint(fields.right_ventricle + 0.8 + rough, right, edge_mm=fuzzy)
        left = tissue.left_heart * (1 + 0.03 * mix)
        part.paint(fields.left_atrium, left, edge_mm=fuzzy)
        part.paint(fields.left_ventricle + 0.6 + 0.7 * rough, left, edge_mm=fuzzy)

    def _paint_great_vessels(self, canvas: Canvas) -> None:
        part = canvas.box((-100.0, 100.0), (-90.0, 75.0))
        if part.is_empty:
            return
        tissue = self.contrast
        mix = self.textures.blood.on(part)
        blood: dict[Great, Scalar] = {
            Great.OESOPHAGUS: tissue.muscle - 12.0,
            Great.AZYGOS: tissue.azygos,
            Great.CORONARY: tissue.aorta * 0.8,
            Great.INFERIOR_CAVA: tissue.inferior_cava * (1 + 0.2 * mix),
            Great.SUPERIOR_CAVA: tissue.superior_cava * (1 + 0.12 * mix),
            Great.OUTFLOW: tissue.right_heart,
            Great.AORTA: tissue.aorta,
            Great.ARCH_BRANCH: tissue.aorta * 0.97,
        }
        nodes = distance_on(part, self.nodes.tubes, margin_mm=3.0)
        part.paint(nodes, tissue.muscle - 6.0 + 5.0 * mix)
        distances = {k: distance_on(part, self.great.tubes[k], margin_mm=4.0) for k in blood}
        for kind in _WALLED:
            part.paint(distances[kind] - 1.0, tissue.muscle)
        for kind, hu in blood.items():
            part.paint(distances[kind], hu)
        distance = distance_on(part, self.great.tubes[Great.AIRWAY], margin_mm=5.0)
        part.paint(distance - 1.1, tissue.muscle - 40.0)
        part.paint(distance, AIR_HU + 20.0)

    def _paint_streaks(self, canvas: Canvas) -> None:
        """Beam hardening about the dense vena cava: dark and bright rays that fade outward."""
        excess = self.contrast.superior_cava - 500.0
        if excess < 0 or not -50 < canvas.z < 40:
            return
        part = canvas.box((-90.0, 40.0), (-85.0, 45.0))
        if part.is_empty:
            return
        dx, dy = part.x + 32.0, part.y + 21.0
        angle = np.arctan2(dy, dx)
        phase = 0.11 * part.z
        rays = np.sin(7 * angle + phase) + 0.7 * np.sin(13 * angle - 1.7 * phase)
        fade = np.exp(-np.hypot(dx, dy) / 26.0)
        np.add(part.hu, 0.09 * excess * rays * fade, out=part.hu, casting="same_kind")

    def _paint_lung_vessels(self, canvas: Canvas, lung_cover: Field) -> Layers:
        tissue = self.contrast
        veins = distance_on(canvas, self.vessels.veins, margin_mm=3.0)
        arteries = distance_on(canvas, self.vessels.arteries, margin_mm=3.0)
        bronchi = distance_on(canvas, self.vessels.bronchi, margin_mm=3.0)
        wall = np.minimum(arteries, veins) - 0.7
        canvas.paint(bronchi - 0.9, -120.0)
        canvas.paint(bronchi, AIR_HU + 30.0)
        in_fat = (lung_cover < 0.5) & (canvas.hu < 20.0)
        canvas.paint(np.where(in_fat, wall, np.float32(9.0)), tissue.muscle * 0.6)
        canvas.paint(veins, tissue.pulmonary_vein)
        canvas.paint(arteries, tissue.pulmonary_artery)
        clots = self._paint_clots(canvas, arteries)
        edge = canvas.edge_mm
        return Layers(coverage(arteries, edge), coverage(veins, edge), lung_cover, clots)

    def _paint_clots(self, canvas: Canvas, arteries: Field) -> dict[int, Field]:
        tubes = clot_tubes(self.clots)
        if tubes is None:
            return {}
        covers = {}
        near = tubes.near_slice(canvas.z, canvas.edge_mm)
        if len(near) == 0:
            return {}
        texture, lumps = self.textures.fine.on(canvas), self.textures.coarse.on(canvas)
        for place in np.unique(near.owner):
            piece = near.where(near.owner == place)
            rough = 0.1 * float(piece.start_radius.mean()) * lumps
            distance = np.maximum(distance_on(canvas, piece, margin_mm=2.0) + rough, arteries)
            canvas.paint(distance, self.contrast.clot + 6.0 * texture)
            covers[int(place)] = coverage(distance, canvas.edge_mm)
        return covers


def _coarsened(canvas: Canvas, step: int) -> Canvas:
    def centres(values: Field) -> NDArray[np.float32]:
        pitch = values[1] - values[0]
        count = -(-len(values) // step)
        middle = (np.arange(count) + 0.5) * step - 0.5
        places: NDArray[np.float32] = (values[0] + middle * pitch).astype(np.float32)
        return places

    x, y = centres(canvas.x[0])[None, :], centres(canvas.y[:, 0])[:, None]
    empty = np.zeros((y.size, x.size), dtype=np.float32)
    return Canvas(x, y, canvas.z, canvas.edge_mm, empty)
