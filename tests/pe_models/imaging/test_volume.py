"""Volume and LoadedSlices hold what they say, and refuse what contradicts itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import LoadedSlices, SliceStamp, Volume, VolumeOrigin


def a_volume(**changes) -> Volume:
    stamps = tuple(SliceStamp(f"1.2.{i}", i, None, 2.5 * i) for i in range(3))
    fields = {
        "hu": np.arange(3 * 4 * 5, dtype=np.int16).reshape(3, 4, 5),
        "geometry": Geometry.axial((3, 4, 5), (2.5, 0.7, 0.5)),
        "origin": VolumeOrigin("1", "2", stamps),
    }
    return Volume(**{**fields, **changes})


def test_a_volume_is_read_only_over_the_memory_it_was_given():
    hu = np.zeros((3, 4, 5), dtype=np.int16)
    volume = a_volume(hu=hu)

    hu[1, 2, 3] = 77

    assert volume.hu[1, 2, 3] == 77
    assert hu.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        volume.hu[0, 0, 0] = 1


@pytest.mark.parametrize(
    "changes",
    [
        {"hu": np.zeros((3, 5, 4), dtype=np.int16)},
        {"hu": np.zeros((3, 4, 5), dtype=np.float32)},
        {"origin": VolumeOrigin("1", "2", ())},
    ],
)
def test_parts_that_contradict_each_other_are_refused(changes):
    with pytest.raises(ValueError):
        a_volume(**changes)


def test_padding_is_unpacked_slice_by_slice():
    mask = np.zeros((3, 4, 5), dtype=bool)
    mask[1, 2, 4] = True
    volume = a_volume(padding=np.packbits(mask, axis=2))

    np.testing.assert_array_equal(volume.padding_mask(1), mask[1])
    assert not volume.padding_mask(0).any()
    assert not a_volume().padding_mask(1).any()


@given(st.integers(1, 400), st.data())
def test_loaded_slices_are_a_set(n_slices, data):
    indices = data.draw(st.lists(st.integers(0, n_slices - 1)))
    loaded = LoadedSlices(n_slices).with_slices(indices)

    assert len(loaded) == len(set(indices))
    assert {i for i in range(n_slices) if i in loaded} == set(indices)
    assert set(np.flatnonzero(loaded.mask()).tolist()) == set(indices)
    assert loaded.is_complete is (set(indices) == set(range(n_slices)))
    assert LoadedSlices.all_of(n_slices).is_complete


def test_a_slice_outside_is_refused():
    with pytest.raises(ValueError, match="outside"):
        LoadedSlices(3).with_slices([3])
    assert -1 not in LoadedSlices.all_of(3)
    assert 3 not in LoadedSlices.all_of(3)
