"""Series as headers describe them, without files."""

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.study import PixelFormat, Series, SliceSource


def a_series(description: str, n_slices: int = 200, **changes) -> Series:
    """An axial CT of ``n_slices`` 1 mm apart; ``changes`` are other fields of the Series."""
    pixels = PixelFormat("1.2.840.10008.1.2.1", 4, 5, 16, 12, is_signed=False)
    fields = {
        "study_uid": "1",
        "series_uid": description,
        "modality": "CT",
        "description": description,
        "slices": tuple(
            SliceSource("x", f"1.{i}", "1", i, float(i), (0, 0, float(i)), pixels)
            for i in range(n_slices)
        ),
        "geometry": Geometry.axial((n_slices, 4, 5), (1, 1, 1)),
        "n_files": n_slices,
        "slice_thickness_mm": 1.0,
    }
    return Series(**{**fields, **changes})
