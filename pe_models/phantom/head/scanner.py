"""HeadScanner: grid, slices, noise, motion and head rest of one head CT."""

from dataclasses import dataclass
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.geometry import Geometry
from pe_models.phantom.chance import stream
from pe_models.phantom.head.head import Head
from pe_models.phantom.head.spec import HeadMimic, HeadSpec
from pe_models.phantom.noise import Noise
from pe_models.phantom.shapes import Canvas, Field

_USUAL_SLICE_MM: Final = 5.0
_LAYERS: Final = 3
"""Of which a thick slice is the mean."""
_BOTTOM_Z, _ABOVE_VERTEX_MM = -62.0, 4.0
_MARGIN_MM: Final = 14.0
_AIR_HU: Final = -1000.0
_LEAST_HU, _MOST_HU = -1024, 3071
_REST: Final = (112.0, 3.0, 160.0)
"""Radius, thickness and density of the shell on which the head lies."""
_BASE_NOISE: Final = 0.7
"""How much more noise there is at the base of the skull than at the vertex."""


@dataclass(frozen=True, slots=True)
class Sway:
    """Between slices ``first`` and ``last`` the head moves by (across, back) mm while scanned."""

    first: int
    last: int
    shift_mm: tuple[float, float]

    @classmethod
    def draw(cls, rng: np.random.Generator, n_slices: int) -> Self:
        first = int(rng.integers(0, max(n_slices - 4, 1)))
        across, back = rng.uniform(1.5, 5.0, 2) * rng.choice((-1, 1), 2)
        return cls(first, first + int(rng.integers(2, 7)), (float(across), float(back)))

    def spoils(self, index: int) -> bool:
        return self.first <= index <= self.last

    def blurred(self, values: Field, pitch_mm: float) -> Field:
        """The mean of where the head was at the beginning and at the end of a turn (row, col)."""
        across, back = (shift / pitch_mm for shift in self.shift_mm)
        move = np.array(((1, 0, across), (0, 1, back)), np.float32)
        size = (values.shape[1], values.shape[0])
        moved: Field = cv2.warpAffine(values, move, size, borderMode=cv2.BORDER_REPLICATE)
        return np.float32(0.5) * (values + moved)


@dataclass(frozen=True, slots=True)
class HeadScanner:
    """How one head is scanned. ``noise_hu`` is the standard deviation in brain at the vertex."""

    seed: int
    geometry: Geometry
    thickness_mm: float
    blur_mm: float
    noise: Noise
    noise_hu: float
    sway: Sway | None

    @classmethod
    def plan(cls, seed: int, spec: HeadSpec, head: Head) -> Self:
        rng = stream(seed, "head acquisition")
        geometry = _grid(rng, spec, head)
        pitch = geometry.spacing_mm[1]
        fine = float(rng.uniform(0.35, 0.62))
        drawn = float(rng.uniform(2.2, 5.0))
        return cls(
            seed=seed,
            geometry=geometry,
            thickness_mm=min(geometry.spacing_mm[0], _USUAL_SLICE_MM),
            blur_mm=float(rng.uniform(0.8, 1.3)),
            noise=Noise.round(fine / pitch, 2.6 * fine / pitch),
            noise_hu=drawn if spec.noise_hu is None else spec.noise_hu,
            sway=Sway.draw(rng, geometry.n_slices) if HeadMimic.MOTION in head.mimics else None,
        )

    def slice(self, head: Head, index: int) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        """HU (row, col), and how much of each pixel each kind of blood fills (kind, row, col)."""
        layers = [self._layer(head, index, part) for part in range(_LAYERS)]
        hu: Field = np.mean([layer[0] for layer in layers], axis=0, dtype=np.float32)
        blood: Field = np.mean([layer[1] for layer in layers], axis=0, dtype=np.float32)
        if self.sway is not None and self.sway.spoils(index):
            pitch = self.geometry.spacing_mm[1]
            hu = self.sway.blurred(hu, pitch)
            blood = np.stack([self.sway.blurred(kind, pitch) for kind in blood])
        hu += self._noise(index, hu)
        return np.clip(np.rint(hu), _LEAST_HU, _MOST_HU).astype(np.int16), blood

    def _layer(self, head: Head, index: int, part: int) -> tuple[Field, NDArray[np.float32]]:
        _, pitch, _ = self.geometry.spacing_mm
        x0, y0, z0 = self.geometry.origin_mm
        _, rows, cols = self.geometry.shape
        offset = ((part + 0.5) / _LAYERS - 0.5) * self.thickness_mm
        canvas = Canvas(
            (x0 + pitch * np.arange(cols, dtype=np.float32))[None, :],
            (y0 + pitch * np.arange(rows, dtype=np.float32))[:, None],
            z0 + self.geometry.spacing_mm[0] * index + offset,
            float(np.hypot(pitch, self.blur_mm)),
            np.full((rows, cols), _AIR_HU, np.float32),
        )
        _paint_rest(canvas)
        return canvas.hu, head.paint(canvas)

    def _noise(self, index: int, hu: Field) -> Field:
        """Most at the base of the skull, where there is most bone; half as much in air."""
        rows, cols = hu.shape
        grain = self.noise.on(self.seed, index, (slice(0, rows), slice(0, cols)))
        low = 1.0 - index / max(self.geometry.n_slices - 1, 1)
        here = np.float32(self.noise_hu * (1.0 + _BASE_NOISE * low * low))
        noise: Field = grain * here * np.clip(1.0 + hu / 1500.0, 0.5, 1.0)
        return noise


def _grid(rng: np.random.Generator, spec: HeadSpec, head: Head) -> Geometry:
    skull = head.cranium
    bottom = _BOTTOM_Z + float(rng.uniform(-8, 6))
    top = (
        skull.height + skull.bone_mm + skull.scalp_mm + _ABOVE_VERTEX_MM - float(rng.uniform(0, 9))
    )
    spacing = (top - bottom) / spec.n_slices if spec.n_slices else _USUAL_SLICE_MM
    n_slices = spec.n_slices or round((top - bottom) / spacing)
    half = (
        skull.half_length + skull.bone_mm + skull.scalp_mm + _MARGIN_MM + float(rng.uniform(0, 14))
    )
    pitch = round(2.0 * half / spec.matrix, 4)
    first = -0.5 * (spec.matrix - 1) * pitch
    return Geometry.axial(
        (n_slices, spec.matrix, spec.matrix),
        (round(spacing, 4), pitch, pitch),
        (round(first, 3), round(first + float(rng.uniform(-3, 6)), 3), round(bottom, 3)),
    )


def _paint_rest(canvas: Canvas) -> None:
    """The shell below the head, as most tables have one."""
    radius, thick, hu = _REST
    far = np.hypot(canvas.x, canvas.y) - radius
    shell = np.maximum(np.abs(far) - 0.5 * thick, 40.0 - canvas.y)
    canvas.paint(shell, hu)
