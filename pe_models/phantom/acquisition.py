"""Acquisition: how one phantom is scanned. Grid, slice profile, kernel, dose."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.geometry import Geometry
from pe_models.phantom.chance import stream
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.motion import Motion
from pe_models.phantom.noise import Noise
from pe_models.phantom.shapes import Canvas, Field, Place
from pe_models.phantom.spec import Kernel, PhantomSpec
from pe_models.phantom.thorax import APEX_Z, outer_half_axes

_HILUM_Z: Final = -25.0
_BODY_CENTRE_Y: Final = 10.0
_BLUR_MM: Final[dict[Kernel, float]] = {Kernel.SOFT: 1.6, Kernel.SHARP: 0.95}
_GRAIN_MM: Final[dict[Kernel, tuple[float, float]]] = {
    Kernel.SOFT: (0.75, 2.2),
    Kernel.SHARP: (0.42, 1.3),
}
"""Standard deviations (mm) of the two Gaussians whose difference shapes the noise's spectrum."""


@dataclass(frozen=True, slots=True)
class Acquisition:
    """The grid in patient mm, and what the scanner does to the picture.

    ``z_mm`` of a slice is Geometry's; the reference chest's z is that divided by the habitus'
    scale, for the carina lies at z = 0 in both.
    """

    geometry: Geometry
    thickness_mm: float
    kernel: Kernel
    noise_hu: float

    @classmethod
    def plan(cls, seed: int, spec: PhantomSpec, habitus: Habitus) -> Self:
        rng = stream(seed, "acquisition")
        scale_x, scale_y, scale_z = habitus.scale
        top = (APEX_Z + rng.uniform(3, 16)) * scale_z
        bottom = (habitus.right_dome_mm - rng.uniform(52, 84)) * scale_z
        spacing = spec.slice_spacing_mm or (
            (top - bottom) / spec.n_slices if spec.n_slices else float(rng.choice([1.0, 1.25, 2.0]))
        )
        n_slices = spec.n_slices or round((top - bottom) / spacing)
        if spec.n_slices and spec.slice_spacing_mm:
            bottom = _HILUM_Z * scale_z - 0.5 * n_slices * spacing
        thickness = spec.slice_thickness_mm or min(
            spacing, float(rng.choice([1.0, 1.25, 2.0, 3.0]))
        )
        half, _ = outer_half_axes(habitus, -60.0)
        fov = 2 * (half + habitus.fat_mm) * scale_x * rng.uniform(0.96, 1.12)
        pitch = round(spec.pixel_spacing_mm or float(fov) / spec.matrix, 4)
        centre_y = _BODY_CENTRE_Y * scale_y + rng.uniform(-8, 8)
        first = -0.5 * (spec.matrix - 1) * pitch
        geometry = Geometry.axial(
            (n_slices, spec.matrix, spec.matrix),
            (round(float(spacing), 4), pitch, pitch),
            (
                round(first + rng.uniform(-6, 6), 3),
                round(first + centre_y, 3),
                round(float(bottom), 3),
            ),
        )
        kernel = spec.kernel or (Kernel.SOFT if rng.random() < 0.7 else Kernel.SHARP)
        drawn = rng.uniform(9, 22) * (1.35 if kernel is Kernel.SHARP else 1.0)
        noise = float(drawn) if spec.noise_hu is None else spec.noise_hu
        return cls(geometry, round(float(thickness), 3), kernel, noise)

    def canvases(
        self, slice_index: int, place: Place, habitus: Habitus, motion: Motion
    ) -> list[Canvas]:
        """Canvases of air across the thickness of one slice; their mean is the slice.

        They hold the rows and columns ``place``, wherever ``motion`` has moved the chest.
        """
        _, pitch, _ = self.geometry.spacing_mm
        x0, y0, z0 = self.geometry.origin_mm
        scale_x, scale_y, scale_z = habitus.scale
        rows, cols = (np.arange(part.start, part.stop) for part in place)
        x = ((x0 + pitch * cols) / scale_x).astype(np.float32)[None, :]
        y = ((y0 + pitch * rows) / scale_y).astype(np.float32)[:, None]
        z = (z0 + self.geometry.spacing_mm[0] * slice_index) / scale_z
        edge = float(np.hypot(pitch, _BLUR_MM[self.kernel]))
        n_layers = 1 if self.thickness_mm <= 2.0 else (2 if self.thickness_mm <= 3.5 else 3)
        offsets = (np.arange(n_layers) - (n_layers - 1) / 2) * (self.thickness_mm / n_layers)
        return [
            Canvas(x, y - np.float32(forward), float(z + offset / scale_z - upward), edge,
                   np.full((rows.size, cols.size), -1000.0, np.float32))
            for offset in offsets
            for forward, upward in motion.shifts(float(z))
        ]  # fmt: skip

    def add_noise(self, hu: Field, seed: int, slice_index: int, place: Place) -> NDArray[np.int16]:
        """Stored HU: noise of the kernel's spectrum added, rounded, clipped to 12 bits.

        ``hu`` holds the rows and columns ``place`` of the slice; its noise is the slice's.
        """
        pitch = self.geometry.spacing_mm[1]
        fine, broad = _GRAIN_MM[self.kernel]
        grain = Noise(fine / pitch, broad / pitch).on(seed, slice_index, place)
        grain *= np.float32(self.noise_hu)
        # Less noise where little is absorbed, as in air and lung.
        damp = np.interp(hu, (-1000.0, -500.0, 0.0), (0.5, 0.8, 1.0)).astype(np.float32)
        noisy = hu + grain * damp
        return np.clip(np.rint(noisy), -1024, 3071).astype(np.int16)
