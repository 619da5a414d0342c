"""A tiny chest CT, cut from a phantom with its Geometry, never noise."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pe_models.imaging.volume import Volume


@pytest.fixture(scope="session")
def tiny_chest() -> "Volume":
    """A whole phantom chest of 20 thick slices of 96 x 96, seed of the evaluation range."""
    from pe_models.imaging.volume import SliceStamp, Volume, VolumeOrigin
    from pe_models.phantom.spec import PhantomSpec
    from pe_models.phantom.study import make_phantom

    phantom = make_phantom(900_001, PhantomSpec(matrix=96, n_slices=20))
    n_slices, slice_mm = phantom.geometry.n_slices, phantom.geometry.spacing_mm[0]
    stamps = tuple(
        SliceStamp(f"2.25.7.{k}", n_slices - k, None, slice_mm * k) for k in range(n_slices)
    )
    origin = VolumeOrigin("2.25.5", "2.25.6", stamps, phantom.slice_thickness_mm)
    return Volume(phantom.hu, phantom.geometry, origin)
