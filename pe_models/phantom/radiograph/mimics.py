"""What raises the density of a chest radiograph and is no pneumonia."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pe_models.phantom.radiograph.chest import COARSE_MM, DEPTH_MM
from pe_models.phantom.radiograph.filling import (
    VOXEL_MM,
    Box,
    Filling,
    body_in,
    box_about,
    lung_place,
)
from pe_models.phantom.radiograph.view import Position
from pe_models.phantom.scene import Scene
from pe_models.phantom.shapes import Field, coverage
from pe_models.phantom.thorax import diaphragm_z


class Lookalike(StrEnum):
    """A mimic of pneumonia, drawn for each picture."""

    EFFUSION = "effusion"
    ATELECTASIS = "atelectasis"
    NODULES = "nodules"
    CARDIOMEGALY = "cardiomegaly"
    POOR_INSPIRATION = "poor_inspiration"


SHARE: Final[Mapping[Lookalike, float]] = MappingProxyType({
    Lookalike.EFFUSION: 0.12,
    Lookalike.ATELECTASIS: 0.15,
    Lookalike.NODULES: 0.12,
    Lookalike.CARDIOMEGALY: 0.18,
    Lookalike.POOR_INSPIRATION: 0.18,
})  # fmt: skip
"""How often a picture has each, with pneumonia or without."""

_FLUID: Final = 1.01
_TISSUE: Final = 1.05


def draw_lookalikes(rng: np.random.Generator) -> frozenset[Lookalike]:
    drawn = rng.random(len(SHARE))
    return frozenset(m for m, chance in zip(SHARE, drawn, strict=True) if chance < SHARE[m])


def add_lookalike(
    kind: Lookalike, filling: Filling, scene: Scene, position: Position, rng: np.random.Generator
) -> None:
    """Fills the lungs of one picture with it."""
    _ADD[kind](filling, scene, position, rng)


def _whole(filling: Filling) -> Box:
    rows, depths, cols = filling.density.shape
    return slice(0, rows), slice(0, depths), slice(0, cols)


def _add_effusion(
    filling: Filling, _scene: Scene, position: Position, rng: np.random.Generator
) -> None:
    """Fluid finds the lowest place: the base of who stands, the back of who lies."""
    sides = ((True,), (False,), (True, False))[int(rng.integers(3))]
    pool = _layer_behind if position is Position.AP else _pool_at_base
    for is_right in sides:
        side = (filling.lungs.x < 0) == is_right
        filling.fill(_whole(filling), pool(filling, side, rng), _FLUID)


def _pool_at_base(filling: Filling, side: NDArray[np.bool_], rng: np.random.Generator) -> Field:
    """A level with a meniscus that rises along the wall (share of each voxel)."""
    lungs = filling.lungs
    lung = (lungs.cover > 0.5) & side
    base = float(lungs.z[np.flatnonzero(lung.any(axis=(1, 2))), 0, 0].min())
    level = base + float(rng.uniform(18, 75))
    from_wall = ndimage.distance_transform_edt(lung, sampling=VOXEL_MM).astype(np.float32)
    meniscus = np.float32(rng.uniform(15, 35)) * np.exp(-from_wall / np.float32(9.0))
    return coverage(lungs.z - np.float32(level) - meniscus, 3.0) * side


def _layer_behind(filling: Filling, side: NDArray[np.bool_], rng: np.random.Generator) -> Field:
    """A layer along the back, thinner toward the apex (share of each voxel)."""
    lungs = filling.lungs
    lung = lungs.cover * side
    from_back = np.cumsum(lung[:, ::-1], axis=1)[:, ::-1] * np.float32(DEPTH_MM)
    rows = np.flatnonzero(lung.any(axis=(1, 2)))
    height = (rows[-1] - np.arange(len(lung))) / max(int(rows[-1] - rows[0]), 1)
    thick = float(rng.uniform(12, 45)) * np.clip(1.1 - height, 0.15, 1.0)
    return coverage(from_back - thick[:, None, None].astype(np.float32), DEPTH_MM) * side


def _add_atelectasis(
    filling: Filling, _scene: Scene, _position: Position, rng: np.random.Generator
) -> None:
    """Plates of lung without air, flat and low."""
    for _ in range(int(rng.integers(1, 4))):
        is_right = bool(rng.random() < 0.5)
        centre = lung_place(filling.lungs, rng, height_mm=(55, 25), is_right=is_right)
        long, wide = float(rng.uniform(20, 42)), float(rng.uniform(12, 28))
        tilt = float(rng.normal(0.0, 0.3))
        sine, cosine = float(np.sin(tilt)), float(np.cos(tilt))
        axes = ((cosine, 0.0, sine), (0.0, 1.0, 0.0), (-sine, 0.0, cosine))
        radii = (long, wide, float(rng.uniform(1.4, 3.2)))
        box = box_about(filling.lungs, centre, long + 4.0)
        body = body_in(filling.lungs, box, centre, radii, axes=axes)
        filling.fill(box, coverage(body, COARSE_MM), _TISSUE)


def _add_nodules(
    filling: Filling, _scene: Scene, _position: Position, rng: np.random.Generator
) -> None:
    """Round, with a clear border; rarely one large mass."""
    is_mass = bool(rng.random() < 0.25)
    for _ in range(1 if is_mass else int(rng.integers(1, 5))):
        is_right = bool(rng.random() < 0.5)
        centre = lung_place(filling.lungs, rng, height_mm=(110, 60), is_right=is_right)
        radius = float(rng.uniform(14, 24) if is_mass else rng.uniform(4, 10))
        box = box_about(filling.lungs, centre, radius + 4.0)
        body = body_in(filling.lungs, box, centre, (radius, radius, radius))
        filling.fill(box, coverage(body, COARSE_MM), _TISSUE)


def _add_cardiomegaly(
    filling: Filling, scene: Scene, _position: Position, rng: np.random.Generator
) -> None:
    """A heart wider by a margin that grows from its roots to its lower borders."""
    lungs = filling.lungs
    box = box_about(lungs, (15.0, -25.0, -90.0), 105.0)
    rows, depths, cols = box
    x, y, z = lungs.x[:, :, cols], lungs.y[:, depths], lungs.z[rows]
    margin = float(rng.uniform(8, 26)) * np.clip((-25.0 - z) / 50.0, 0.0, 1.0)
    margin = margin * np.where(x > 0, np.float32(1.0), np.float32(rng.uniform(0.3, 0.8)))
    sac = scene.heart.fields(x, y, z).sac
    filling.fill(box, coverage(sac - margin.astype(np.float32), 3.0), _TISSUE)


def _add_poor_inspiration(
    filling: Filling, scene: Scene, _position: Position, rng: np.random.Generator
) -> None:
    """High domes, and bases that are crowded."""
    lungs = filling.lungs
    right, left = rng.uniform(12, 42) + rng.normal(0.0, 4.0, size=2)
    rise = np.where(lungs.x < 0, np.float32(right), np.float32(left))
    above = lungs.z - diaphragm_z(scene.habitus, lungs.x, lungs.y) - rise
    filling.fill(_whole(filling), coverage(above, 3.0), _TISSUE)
    crowded = np.exp(-np.maximum(above, 0.0) / np.float32(45.0))
    filling.density += np.float32(rng.uniform(0.02, 0.07)) * crowded * lungs.cover


_Add = Callable[[Filling, Scene, Position, np.random.Generator], None]
_ADD: Final[Mapping[Lookalike, _Add]] = MappingProxyType({
    Lookalike.EFFUSION: _add_effusion,
    Lookalike.ATELECTASIS: _add_atelectasis,
    Lookalike.NODULES: _add_nodules,
    Lookalike.CARDIOMEGALY: _add_cardiomegaly,
    Lookalike.POOR_INSPIRATION: _add_poor_inspiration,
})  # fmt: skip
