"""Axial slices as the nets know them: rows toward posterior, cols toward the patient's left.

From the Geometry's directions alone (ImageOrientationPatient). A Volume stored otherwise, with a
mirrored or turned matrix, is turned before the nets see it: they would take right for left.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.findings import Crop, Heatmap
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import Volume


@dataclass(frozen=True, slots=True)
class InPlaneTurn:
    """From stored slices to turned ones: rows and cols exchanged first, then each mirrored."""

    exchanges: bool = False
    flips_rows: bool = False
    flips_cols: bool = False

    @classmethod
    def of(cls, geometry: Geometry) -> Self:
        """The turn that brings slices of ``geometry`` nearest to rows +y, cols +x (LPS)."""
        _, row_axis, col_axis = np.asarray(geometry.directions, dtype=np.float64)
        exchanges = bool(abs(row_axis[0]) > abs(row_axis[1]))
        if exchanges:
            row_axis, col_axis = col_axis, row_axis
        return cls(exchanges, bool(row_axis[1] < 0), bool(col_axis[0] < 0))

    def turned(self, volume: Volume) -> Volume:
        """The same voxels in the turned order; the same Volume where nothing is turned."""
        if self == InPlaneTurn():
            return volume
        hu = np.ascontiguousarray(self._forward(volume.hu))
        return replace(
            volume,
            hu=hu,
            geometry=self._geometry(volume.geometry),
            padding=None if volume.padding is None else self._padding(volume),
        )

    def stored_crop(self, crop: Crop, *, rows: int, cols: int) -> Crop:
        """A crop of turned slices, of ``rows`` x ``cols`` pixels, as one of stored slices."""
        row_span, col_span = (crop.row_min, crop.row_max), (crop.col_min, crop.col_max)
        if self.flips_rows:
            row_span = (rows - crop.row_max, rows - crop.row_min)
        if self.flips_cols:
            col_span = (cols - crop.col_max, cols - crop.col_min)
        if self.exchanges:
            row_span, col_span = col_span, row_span
        return Crop(*row_span, *col_span)

    def turned_crop(self, crop: Crop, *, rows: int, cols: int) -> Crop:
        """Inverse of ``stored_crop``: a crop of stored slices of ``rows`` x ``cols`` pixels."""
        row_span, col_span = (crop.row_min, crop.row_max), (crop.col_min, crop.col_max)
        if self.exchanges:
            row_span, col_span, rows, cols = col_span, row_span, cols, rows
        exchanged = Crop(*row_span, *col_span)
        return replace(self, exchanges=False).stored_crop(exchanged, rows=rows, cols=cols)

    def stored_point(self, row: float, col: float, *, rows: int, cols: int) -> tuple[float, float]:
        """Row and col on the stored slice of a point of a turned one of ``rows`` x ``cols`` pixels.

        Whole numbers are centres of pixels.
        """
        row = rows - 1 - row if self.flips_rows else row
        col = cols - 1 - col if self.flips_cols else col
        return (col, row) if self.exchanges else (row, col)

    def stored_heatmap(self, heatmap: Heatmap, *, rows: int, cols: int) -> Heatmap:
        """A map of a turned slice, of ``rows`` x ``cols`` pixels, as one of the stored slice."""
        if self == InPlaneTurn():
            return heatmap
        mirrored = heatmap.values[:: -1 if self.flips_rows else 1, :: -1 if self.flips_cols else 1]
        values = mirrored.T if self.exchanges else mirrored
        crop = self.stored_crop(heatmap.crop, rows=rows, cols=cols)
        return replace(heatmap, values=np.ascontiguousarray(values), crop=crop)

    def _forward(self, stored: NDArray[Any]) -> NDArray[Any]:
        """A view of ``stored`` [slice, row, col] in the turned order."""
        exchanged = stored.swapaxes(1, 2) if self.exchanges else stored
        step_row, step_col = (-1 if flip else 1 for flip in (self.flips_rows, self.flips_cols))
        return exchanged[:, ::step_row, ::step_col]

    def _geometry(self, stored: Geometry) -> Geometry:
        order = (0, 2, 1) if self.exchanges else (0, 1, 2)
        n_slices, rows, cols = (stored.shape[axis] for axis in order)
        directions = np.asarray([stored.directions[axis] for axis in order])
        spacing_mm = np.asarray([stored.spacing_mm[axis] for axis in order])
        corner = (0, rows - 1 if self.flips_rows else 0, cols - 1 if self.flips_cols else 0)
        origin_mm = np.asarray(stored.origin_mm) + (corner * spacing_mm) @ directions
        directions[1] *= -1 if self.flips_rows else 1
        directions[2] *= -1 if self.flips_cols else 1
        slice_axis, row_axis, col_axis = (_triple(axis) for axis in directions)
        return Geometry(
            shape=(n_slices, rows, cols),
            spacing_mm=_triple(spacing_mm),
            origin_mm=_triple(origin_mm),
            directions=(slice_axis, row_axis, col_axis),
        )

    def _padding(self, volume: Volume) -> NDArray[np.uint8]:
        masks = [
            np.packbits(self._forward(volume.padding_mask(index)[None])[0], axis=1)
            for index in range(volume.n_slices)
        ]
        return np.stack(masks)


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    first, second, third = values.tolist()
    return first, second, third
