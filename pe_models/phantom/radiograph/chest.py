"""Chest: one phantom without contrast, summed in slabs across the beam, and where its lungs lie.

Coordinates are those of the reference chest (shapes.py); rows run from the head to the feet, slabs
and depth from front to back, columns toward the patient's left.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.build import build_scene
from pe_models.phantom.chance import stream
from pe_models.phantom.contrast import UNOPACIFIED_BLOOD_HU, Contrast
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.scene import Scene
from pe_models.phantom.shapes import Canvas, Field
from pe_models.phantom.spec import Mimic
from pe_models.phantom.ventricles import heart_with_ratio

FINE_MM: Final = 1.4
"""Of rows and columns of what is projected."""
DEPTH_MM: Final = 2.5
COARSE_MM: Final = 2.0 * FINE_MM
"""Of rows and columns of the volume in which air spaces are filled."""
SLABS: Final = 14
_DEPTHS_A_SLAB: Final = 8
_TOP_Z: Final = 138.0
_LEFT_X: Final = -185.5
_FRONT_Y: Final = -125.0
_N_ROWS: Final = 244
_N_COLS: Final = 266
_EDGE_MM: Final = 1.8
_NO_TABLE_MM: Final = 1000.0
_AIR_HU: Final = -1000.0
_BONE_HU: Final = 100.0
_BONE_GAIN: Final = 0.5
"""Bone stops more of a radiograph's softer beam than its HU tell: against water 1.9 times a gram at
50 keV, 1.3 times at the 70 keV of a CT (NIST).
"""
_SHARE: Final = {
    Mimic.EMPHYSEMA: 0.2,
    Mimic.ADENOPATHY: 0.15,
    Mimic.PACEMAKER: 0.06,
    Mimic.STERNAL_WIRES: 0.08,
    Mimic.SPINAL_RODS: 0.02,
}
"""How often a chest has what shows in all its pictures; none of it is pneumonia."""


@dataclass(frozen=True, slots=True, eq=False)
class Lungs:
    """A coarse volume [row, depth, col] of the chest: what is lung, and how dense all is.

    ``cover`` is the share of a voxel that is lung, ``density`` its mean, 1 for water. ``x``, ``y``,
    ``z`` are the middles of the voxels (mm), shaped to broadcast.
    """

    cover: NDArray[np.float32]
    density: NDArray[np.float32]
    x: Field
    y: Field
    z: Field


@dataclass(frozen=True, slots=True, eq=False)
class Chest:
    """``slabs`` (slab, row, col): mm of water that each slab stands for, in the reference chest.

    ``slab_y`` (slab,) are their middles (mm).
    """

    seed: int
    scene: Scene
    mimics: frozenset[Mimic]
    slabs: NDArray[np.float32]
    slab_y: NDArray[np.float64]
    lungs: Lungs

    @classmethod
    def project(cls, seed: int, *, paint_every: int = 1) -> Self:
        """The chest of ``seed``; equal arguments give equal arrays. It takes about three seconds.

        With ``paint_every`` 2 it takes half: every other row is the mean of its neighbours, which
        a picture of 160 pixels cannot show.
        """
        mimics = _drawn_mimics(seed)
        scene = _scene_without_contrast(seed, mimics)
        x = _LEFT_X + FINE_MM * np.arange(_N_COLS, dtype=np.float32)
        y = _FRONT_Y + DEPTH_MM * np.arange(SLABS * _DEPTHS_A_SLAB, dtype=np.float32)
        z = _TOP_Z - FINE_MM * np.arange(_N_ROWS, dtype=np.float32)
        slabs = np.empty((SLABS, _N_ROWS, _N_COLS), np.float32)
        half = (_N_ROWS // 2, y.size, _N_COLS // 2)
        cover, density = np.zeros(half, np.float32), np.zeros(half, np.float32)
        for row in range(0, _N_ROWS, paint_every):
            canvas = Canvas(x[None, :], y[:, None], float(z[row]), _EDGE_MM,
                            np.full((y.size, x.size), _AIR_HU, np.float32))  # fmt: skip
            lung = scene.paint(canvas).lungs
            water = _water(canvas.hu)
            slabs[:, row] = DEPTH_MM * water.reshape(SLABS, _DEPTHS_A_SLAB, -1).sum(axis=1)
            cover[row // 2] += np.float32(0.5 * paint_every) * _halved(lung)
            density[row // 2] += np.float32(0.5 * paint_every) * _halved(water)
        if paint_every > 1:
            slabs = _between(slabs[:, ::paint_every])
        lungs = Lungs(cover, density, _middles(x)[None, None, :], y[None, :, None],
                      _middles(z)[:, None, None])  # fmt: skip
        return cls(seed, scene, mimics, slabs, _slab_middles(y), lungs)


def in_slabs(filled: Field) -> NDArray[np.float32]:
    """What fills a coarse volume (row, depth, col; 1 for water) in mm of water (slab, row, col)."""
    rows, _, cols = filled.shape
    parts = filled.reshape(rows, SLABS, _DEPTHS_A_SLAB, cols).sum(axis=2)
    slabs: NDArray[np.float32] = np.float32(DEPTH_MM) * parts.transpose(1, 0, 2)
    return slabs


def to_grid(x: float, z: float, *, step_mm: float) -> tuple[float, float]:
    """Where a grid whose pixels are ``step_mm`` wide holds the point: (col, row), fractional."""
    offset = 0.5 * (step_mm - FINE_MM)
    return (x - _LEFT_X - offset) / step_mm, (_TOP_Z - z - offset) / step_mm


def _drawn_mimics(seed: int) -> frozenset[Mimic]:
    drawn = stream(seed, "radiographed mimics").random(len(_SHARE))
    return frozenset(m for m, chance in zip(_SHARE, drawn, strict=True) if chance < _SHARE[m])


def _scene_without_contrast(seed: int, mimics: frozenset[Mimic]) -> Scene:
    """The chest as a radiograph sees it: all blood the same, and no table."""
    habitus = replace(Habitus.draw(seed), table_gap_mm=_NO_TABLE_MM)
    drawn = Contrast.draw(seed, artery_hu=None, is_poor=False, has_dark_veins=False)
    blood = UNOPACIFIED_BLOOD_HU
    plain = replace(
        drawn, pulmonary_artery=blood, right_heart=blood, left_heart=blood, pulmonary_vein=blood,
        aorta=blood, superior_cava=blood, inferior_cava=blood, azygos=blood,
        myocardium=min(drawn.myocardium, 60.0), spleen=min(drawn.spleen, 65.0),
    )  # fmt: skip
    heart = heart_with_ratio(seed, float(stream(seed, "radiographed heart").uniform(0.75, 1.0)))
    return build_scene(seed, habitus, heart, plain, mimics)


def _water(hu: Field) -> Field:
    """How much a voxel stops, 1 for water."""
    dense = np.float32(_BONE_GAIN) * np.maximum(hu - np.float32(_BONE_HU), 0.0)
    water: Field = np.maximum(1.0 + (hu + dense) / np.float32(1000.0), 0.0)
    return water


def _between(slabs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Slabs (slab, row, col) with a row after each: the mean of it and the next."""
    following = np.concatenate([slabs[:, 1:], slabs[:, -1:]], axis=1)
    pairs = np.stack([slabs, np.float32(0.5) * (slabs + following)], axis=2)
    return pairs.reshape(len(slabs), -1, slabs.shape[2])


def _halved(field: Field) -> Field:
    """(depth, col) with the mean of every two columns."""
    small: Field = cv2.resize(
        field.astype(np.float32, copy=False), (field.shape[1] // 2, field.shape[0]),
        interpolation=cv2.INTER_AREA,
    )  # fmt: skip
    return small


def _middles(values: Field) -> Field:
    """The middles of every two."""
    pairs: Field = values.reshape(-1, 2).mean(axis=1)
    return pairs


def _slab_middles(y: Field) -> NDArray[np.float64]:
    middles: NDArray[np.float64] = y.reshape(SLABS, _DEPTHS_A_SLAB).mean(axis=1).astype(np.float64)
    return middles
