"""Acquisition: how one phantom is scanned. Grid, slice profile, kernel, dose."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import PADDING_HU
from pe_models.phantom.chance import stream
from pe_models.phantom.dose import Dose
from pe_models.phantom.habitus import Habitus
from pe_models.phantom.motion import Motion
from pe_models.phantom.response import Response
from pe_models.phantom.shapes import Canvas, Field, Place
from pe_models.phantom.spec import PhantomSpec
from pe_models.phantom.thorax import APEX_Z, outer_half_axes

_HILUM_Z: Final = -25.0
_BODY_CENTRE_Y: Final = 10.0
_PADDED_SHARE: Final = 0.45
_LUNGS_HALF_WIDTH: Final = 148.0
"""What a field of view holds at least (mm): the lungs, within their widest ribs."""
_AIR_HU: Final = -1000.0
_FRONT_Y, _BACK_Y = -90.0, 105.0
"""Between these (mm) breathing stretches the chest; the back lies on the table."""
_MOST_LAYERS: Final = 4
_LEAST_HU, _MOST_HU = -1024, 3071


@dataclass(frozen=True, slots=True)
class Acquisition:
    """The grid in patient mm, and what the scanner does to the picture.

    ``z_mm`` of a slice is Geometry's; the reference chest's z is that divided by the habitus'
    scale, for the carina lies at z = 0 in both. Where ``is_padded``, only the circle that fits the
    grid is reconstructed.
    """

    geometry: Geometry
    thickness_mm: float
    response: Response
    dose: Dose
    is_padded: bool

    @classmethod
    def plan(cls, seed: int, spec: PhantomSpec, habitus: Habitus) -> Self:
        rng = stream(seed, "acquisition")
        bottom, spacing, n_slices = _slices(spec, habitus, rng)
        thickness = spec.slice_thickness_mm or min(
            spacing, float(rng.choice([1.0, 1.25, 2.0, 3.0]))
        )
        pitch = round(spec.pixel_spacing_mm or _field_mm(habitus, rng) / spec.matrix, 4)
        centre_y = _BODY_CENTRE_Y * habitus.scale[1] + rng.uniform(-8, 8)
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
        response = Response.draw(seed, spec.kernel)
        dose = Dose.draw(seed, habitus, response, noise_hu=spec.noise_hu)
        is_padded = bool(rng.random() < _PADDED_SHARE) and spec.pixel_spacing_mm is None
        return cls(geometry, round(float(thickness), 3), response, dose, is_padded)

    def padding(self, place: Place) -> NDArray[np.bool_]:
        """Where nothing is reconstructed (rows, cols), at ``place`` of every slice."""
        rows, cols = (np.arange(part.start, part.stop) for part in place)
        if not self.is_padded:
            return np.zeros((rows.size, cols.size), np.bool_)
        half = 0.5 * self.geometry.shape[1]
        down, across = (rows + 0.5 - half) ** 2, (cols + 0.5 - half) ** 2
        beyond: NDArray[np.bool_] = down[:, None] + across[None, :] > half * half
        return beyond

    def canvases(
        self, slice_index: int, place: Place, habitus: Habitus, motion: Motion
    ) -> list[Canvas]:
        """Canvases of air across the thickness of one slice; their mean is the slice.

        They hold the rows and columns ``place``, wherever ``motion`` has moved the chest.
        """
        _, pitch, _ = self.geometry.spacing_mm
        x0, y0, _ = self.geometry.origin_mm
        scale_x, scale_y, scale_z = habitus.scale
        rows, cols = (np.arange(part.start, part.stop) for part in place)
        x = ((x0 + pitch * cols) / scale_x).astype(np.float32)[None, :]
        y = ((y0 + pitch * rows) / scale_y).astype(np.float32)[:, None]
        z = self._reference_z(slice_index, habitus)
        edge = float(np.hypot(pitch, self.response.blur_mm))
        # A surface fades over its edge along z too: so thick is what one layer stands for.
        n_layers = min(_MOST_LAYERS, max(1, round(self.thickness_mm / edge)))
        offsets = (np.arange(n_layers) - (n_layers - 1) / 2) * (self.thickness_mm / n_layers)
        return [
            Canvas(x, _breathed(y, forward), float(z + offset / scale_z - upward), edge,
                   np.full((rows.size, cols.size), _AIR_HU, np.float32))
            for offset in offsets
            for forward, upward in motion.shifts(float(z))
        ]  # fmt: skip

    def around(self, place: Place) -> Place:
        """``place`` and the pixels about it that its edges depend on, as far as there are any."""
        margin = self.response.margin_px(self.geometry.spacing_mm[1])
        rows, cols = place
        _, n_rows, n_cols = self.geometry.shape
        return (slice(max(rows.start - margin, 0), min(rows.stop + margin, n_rows)),
                slice(max(cols.start - margin, 0), min(cols.stop + margin, n_cols)))  # fmt: skip

    def stored(self, painted: Field, seed: int, slice_index: int, place: Place,
               habitus: Habitus) -> NDArray[np.int16]:  # fmt: skip
        """Stored HU (rows, cols) at ``place`` of a slice, from ``painted``: what is ``around`` it.

        Edges enhanced and noise added, as the kernel has them; rounded, clipped to 12 bits, and
        -1024 where there is padding.
        """
        pitch = self.geometry.spacing_mm[1]
        rows, cols = place
        wide_rows, wide_cols = self.around(place)
        enhanced = self.response.enhanced(painted, pitch)
        hu = enhanced[rows.start - wide_rows.start : rows.stop - wide_rows.start,
                      cols.start - wide_cols.start : cols.stop - wide_cols.start]  # fmt: skip
        noise = self.dose.noise(self.response, pitch, seed, slice_index, place,
                                self._reference_z(slice_index, habitus), hu)  # fmt: skip
        stored = np.clip(np.rint(hu + noise), _LEAST_HU, _MOST_HU).astype(np.int16)
        stored[self.padding(place)] = PADDING_HU
        return stored

    def _reference_z(self, slice_index: int, habitus: Habitus) -> float:
        z_mm = self.geometry.origin_mm[2] + self.geometry.spacing_mm[0] * slice_index
        return z_mm / habitus.scale[2]


def _breathed(y: Field, shift_mm: float) -> Field:
    """Where in the resting chest lies what is at ``y`` while its front is shifted."""
    still, reach = np.float32(_BACK_Y), np.float32(_BACK_Y - _FRONT_Y)
    rest: Field = still + (y - still) * (reach / (reach - np.float32(shift_mm)))
    return rest


def _slices(
    spec: PhantomSpec, habitus: Habitus, rng: np.random.Generator
) -> tuple[float, float, int]:
    """Where the lowest slice lies (z, mm), how far apart they are, and how many."""
    scale_z = habitus.scale[2]
    top = (APEX_Z + rng.uniform(3, 16)) * scale_z
    bottom = (habitus.right_dome_mm - rng.uniform(52, 84)) * scale_z
    spacing = spec.slice_spacing_mm or (
        (top - bottom) / spec.n_slices if spec.n_slices else float(rng.choice([1.0, 1.25, 2.0]))
    )
    n_slices = spec.n_slices or round((top - bottom) / spacing)
    if spec.n_slices and spec.slice_spacing_mm:
        bottom = _HILUM_Z * scale_z - 0.5 * n_slices * spacing
    return bottom, spacing, n_slices


def _field_mm(habitus: Habitus, rng: np.random.Generator) -> float:
    """The field of view: it may cut the skin at the sides, not the lungs."""
    half, _ = outer_half_axes(habitus, -60.0)
    body = 2.0 * (half + habitus.fat_mm) * rng.uniform(0.88, 1.14)
    lungs = 2.0 * _LUNGS_HALF_WIDTH * habitus.lung_width
    return float(max(body, lungs) * habitus.scale[0])
