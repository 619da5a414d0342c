"""The planes beside the slices: which they are, where they lie, and what they are called."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import numpy as np

from pe_models.errors import InputError
from pe_models.imaging.geometry import Geometry, Triple
from pe_models.imaging.reslicing.plane import Plane
from pe_models.imaging.reslicing.slab import Projection, Slab
from pe_models.imaging.reslicing.voxels import Voxels
from pe_models.imaging.study import Series
from pe_viewer.display.orientation import Orientation, side_letters

MAX_SIDE_PX: Final = 8192
"""Of a plane's picture. A real series stays below 2,500; a gap of metres does not."""

SLAB_MM: Final = (0.0, 5.0, 10.0, 20.0)
"""The thicknesses that the reader chooses from; 0 is the plane alone."""


class PlaneKind(StrEnum):
    """One of the patient's three planes. Its order is that of the axes that they lie across."""

    SAGITTAL = "Sagittal"
    CORONAL = "Coronal"
    AXIAL = "Axial"

    @property
    def axis(self) -> int:
        """The patient axis across the plane: 0, 1, 2 for x, y, z (LPS)."""
        return list(PlaneKind).index(self)


_PROJECTION_TEXTS: Final[Mapping[Projection, str]] = {
    Projection.MIP: "MIP",
    Projection.MINIP: "MinIP",
    Projection.MEAN: "Mean",
}


def stored_kind(geometry: Geometry) -> PlaneKind:
    """The plane that the stored slices are nearest to."""
    return list(PlaneKind)[int(np.argmax(np.abs(geometry.normal)))]


def side_kinds(geometry: Geometry) -> tuple[PlaneKind, PlaneKind]:
    """The two planes that the slices themselves do not show, the upper one first."""
    stored = stored_kind(geometry)
    first, second = (
        kind
        for kind in (PlaneKind.AXIAL, PlaneKind.CORONAL, PlaneKind.SAGITTAL)
        if kind is not stored
    )
    return first, second


def plane_through(kind: PlaneKind, geometry: Geometry, point_mm: Triple) -> Plane:
    """The plane of a kind through a point, with room for the whole volume."""
    match kind:
        case PlaneKind.AXIAL:
            return Plane.axial(geometry, point_mm)
        case PlaneKind.CORONAL:
            return Plane.coronal(geometry, point_mm)
        case PlaneKind.SAGITTAL:
            return Plane.sagittal(geometry, point_mm)


def why_no_planes(series: Series) -> str:
    """Why there are no planes of a series beside its slices; "" where there are."""
    if series.n_slices == 1:
        return "One slice alone has no other planes"
    return ""


def require_drawable(voxels: Voxels) -> None:
    """Raises InputError where a plane's picture would be too large to draw."""
    geometry = voxels.geometry
    planes = (plane_through(kind, geometry, geometry.origin_mm) for kind in side_kinds(geometry))
    side = max(max(plane.shape) for plane in planes)
    if side > MAX_SIDE_PX:
        reach_mm = side * min(geometry.spacing_mm)
        raise InputError(
            f"The slices reach over {reach_mm / 1000:.1f} m, in steps of "
            f"{min(geometry.spacing_mm):.2f} mm: too much for other planes"
        )


def plane_orientation(plane: Plane) -> Orientation:
    """The sides at the edges of a plane's picture, which is drawn as it was cut."""
    down, right = np.asarray(plane.row_direction), np.asarray(plane.col_direction)
    return Orientation(
        flips_rows=False,
        flips_cols=False,
        left=side_letters(-right),
        right=side_letters(right),
        top=side_letters(-down),
        bottom=side_letters(down),
    )


def plane_text(kind: PlaneKind, plane: Plane) -> str:
    """``Coronal  y 12.5 mm``."""
    at = plane.origin_mm[kind.axis]
    at = 0.0 if abs(at) < 0.05 else at  # no "-0.0"
    return f"{kind.value}  {'xyz'[kind.axis]} {at:.1f} mm"


def slab_text(slab: Slab) -> str:
    """``MIP 10 mm``, or ``thin``."""
    if slab.thickness_mm == 0:
        return "thin"
    return f"{_PROJECTION_TEXTS[slab.projection]} {slab.thickness_mm:g} mm"


def next_slab(slab: Slab) -> Slab:
    """The next thickness in the same projection; after the thickest the plane alone."""
    thicker = (mm for mm in SLAB_MM if mm > slab.thickness_mm)
    return Slab(next(thicker, SLAB_MM[0]), slab.projection)
