"""Pleural effusion: fluid along the back of the chest, and the lung that it squeezes."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from pe_models.phantom.chance import stream
from pe_models.phantom.shapes import Canvas, Field, coverage
from pe_models.phantom.spec import Mimic
from pe_models.phantom.texture import Textures

_BASE_Z: Final = -120.0
_LEAST_MM: Final = 0.3
"""Thinner than this there is no fluid."""
_FAR_MM: Final = np.float32(9.0)


@dataclass(frozen=True, slots=True)
class _Pool:
    """Fluid of one side. ``depth_mm`` thick at the back of the base, gone at ``top_z``."""

    is_right: bool
    depth_mm: float
    top_z: float
    fluid_hu: float
    squeezed_mm: float
    squeezed_hu: float

    def thickness(self, canvas: Canvas, *, more_mm: float = 0.0) -> Field:
        """Thickness (mm) of the crescent (rows, cols) along the chest wall."""
        rise = np.clip((self.top_z - canvas.z) / (self.top_z - _BASE_Z), 0.0, 1.2)
        behind = np.clip((canvas.y + 10.0) / 75.0, 0.0, 1.0)
        on_side = (canvas.x < 0) if self.is_right else (canvas.x >= 0)
        thick: Field = (self.depth_mm * rise + more_mm * min(1.0, 3.0 * float(rise))) * (
            behind * behind * (3.0 - 2.0 * behind) * on_side
        )
        return thick.astype(np.float32)

    def distance(self, canvas: Canvas, inner: Field) -> Field:
        """Distance (rows, cols) in mm from the fluid; ``inner`` is that from the cavity."""
        thick = self.thickness(canvas)
        return np.where(thick > _LEAST_MM, -inner - thick, _FAR_MM)


@dataclass(frozen=True, slots=True)
class Pleura:
    """The effusions of one chest; none in most."""

    pools: tuple[_Pool, ...]

    @classmethod
    def draw(cls, seed: int, mimics: frozenset[Mimic]) -> Self:
        if Mimic.EFFUSION not in mimics:
            return cls(())
        rng = stream(seed, "effusion")
        sides = ((True,), (False,), (True, False))[int(rng.integers(3))]
        return cls(tuple(_draw_pool(side, rng) for side in sides))

    def paint_squeezed(self, canvas: Canvas, lung: Field, inner: Field, textures: Textures) -> None:
        """Lung without air beside the fluid; ``inner`` is the distance from the cavity."""
        for pool in self.pools:
            grain = textures.coarse.on(canvas)
            thick = pool.thickness(canvas, more_mm=pool.squeezed_mm)
            near = np.where(thick > _LEAST_MM, -inner - thick + 1.2 * grain, _FAR_MM)
            canvas.paint(np.maximum(near, lung), pool.squeezed_hu + 7.0 * grain,
                         edge_mm=canvas.edge_mm + 2.0)  # fmt: skip

    def paint_fluid(self, canvas: Canvas, lung: Field, inner: Field) -> Field | None:
        """Paints the fluid over lung and vessels; gives its coverage, None where there is none."""
        covers = []
        for pool in self.pools:
            fluid = np.maximum(pool.distance(canvas, inner), lung)
            canvas.paint(fluid, pool.fluid_hu)
            covers.append(coverage(fluid, canvas.edge_mm))
        return np.maximum.reduce(covers) if covers else None

    def hides(self, canvas: Canvas, inner: Field) -> Field:
        """Coverage (rows, cols) of the fluid, were there lung everywhere."""
        hidden = np.zeros(canvas.hu.shape, np.float32)
        for pool in self.pools:
            np.maximum(hidden, coverage(pool.distance(canvas, inner), canvas.edge_mm), out=hidden)
        return hidden


def _draw_pool(is_right: bool, rng: np.random.Generator) -> _Pool:
    depth = float(rng.uniform(5, 48))
    return _Pool(
        is_right=is_right,
        depth_mm=depth,
        top_z=float(np.clip(_BASE_Z + 25 + 2.6 * depth + rng.normal(0, 12), -90, 70)),
        fluid_hu=float(rng.uniform(-2, 24)),
        squeezed_mm=float(rng.uniform(2, 6) + 0.3 * depth),
        squeezed_hu=float(rng.uniform(45, 115)),
    )
