"""A tiny chest CT, cut from a phantom with its Geometry, never noise."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pe_models.bundle import ModelBundle
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


@pytest.fixture(scope="session")
def dense_bundle(
    tiny_bundle: "ModelBundle", tmp_path_factory: pytest.TempPathFactory
) -> "ModelBundle":
    """A bundle of tiny untrained nets with a dense head of 8 channels, 3 mm a pixel."""
    import torch

    from pe_models.bundle import (
        Architecture,
        Preprocessing,
        SequenceArchitecture,
        SliceArchitecture,
        SliceHead,
        write_bundle,
    )
    from pe_models.labels import EXAM_LABELS
    from pe_models.nets.load import build_nets
    from pe_models.nets.save import net_files
    from pe_models.nets.slice_description import description_length

    width = 8
    embedding = description_length(width)
    spec = replace(
        tiny_bundle.spec,
        name="tiny-dense",
        preprocessing=Preprocessing(localizer_px=64, pixel_mm=3.0),
        architecture=Architecture(
            "test_efficientnet",
            SliceArchitecture("test_efficientnet", embedding, SliceHead.DENSE, width),
            SequenceArchitecture(embedding, bottleneck=16, hidden=8),
        ),
    )
    with torch.random.fork_rng():
        torch.manual_seed(20261122)
        nets = build_nets(spec.architecture, n_labels=len(EXAM_LABELS))
    return write_bundle(tmp_path_factory.mktemp("b") / "tiny-dense", spec, net_files(nets))
