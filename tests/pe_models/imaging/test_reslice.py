"""Reslices and slabs: the right HU from the right place, and nothing from where nothing is."""

import tracemalloc
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pe_models import parallel
from pe_models.errors import InputError
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.read import read_volume
from pe_models.imaging.reslice import FILL_HU, reslice
from pe_models.imaging.reslicing.aligned import AlignedSampler, aligned_axes
from pe_models.imaging.reslicing.cut import Cut, fill
from pe_models.imaging.reslicing.oblique import ObliqueSampler
from pe_models.imaging.reslicing.plane import Plane, PlaneAxis
from pe_models.imaging.reslicing.slab import THIN, Projection, Slab
from pe_models.imaging.reslicing.voxels import Voxels
from pe_models.imaging.scan import scan_folder
from pe_models.imaging.study import PixelFormat, Series, SliceSource
from pe_models.imaging.volume import LoadedSlices, SliceStamp, Volume, VolumeOrigin
from pe_models.imaging.warnings import SeriesWarning, WarningCode

SHAPE = (9, 40, 60)
UPRIGHT = Geometry.axial(SHAPE, (2.5, 0.7, 0.5), (-20.0, -15.0, -100.0))


def turned_directions(degrees_x: float, degrees_z: float, tilt_degrees: float = 0.0):
    """Directions of an axial stack, turned about z, then x; the slice axis leans along rows."""
    x, z, lean = np.radians([degrees_x, degrees_z, tilt_degrees])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    slices = (0.0, np.sin(lean), np.cos(lean))
    axes = np.array([slices, (0, 1, 0), (1, 0, 0)]) @ (about_x @ about_z).T
    return tuple(tuple(axis) for axis in axes.tolist())


STACKS = {
    "upright": UPRIGHT.directions,
    "oblique": turned_directions(20, 35),
    "tilted": turned_directions(0, 0, 22),
    "tilted and oblique": turned_directions(-15, 10, -18),
    "rows toward anterior": ((0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (-1.0, 0.0, 0.0)),
    "sagittal": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0)),
}


@pytest.fixture(params=STACKS)
def geometry(request):
    return Geometry(SHAPE, (2.5, 0.7, 0.5), (-20.0, -15.0, -100.0), STACKS[request.param])


def middle_mm(geometry):
    return tuple(geometry.to_patient_mm((np.asarray(geometry.shape) - 1) / 2).tolist())


def planes_of(geometry):
    """Straight and turned ones, all through a point that is no voxel's centre."""
    through = tuple(np.add(middle_mm(geometry), (0.11, 0.13, 0.17)).tolist())
    for make in (Plane.axial, Plane.coronal, Plane.sagittal):
        plane = make(geometry, through)
        yield plane
        yield plane.turned(PlaneAxis.ROW, 20).turned(PlaneAxis.COL, -35, pivot_mm=through)


def noise(shape=SHAPE, seed=4):
    return np.random.default_rng(seed).integers(-1000, 2000, shape, dtype=np.int16)


def ramp(shape):
    slices, rows, cols = np.indices(shape)
    return (90 * slices + 7 * rows - 5 * cols).astype(np.int16)


def by_simpleitk(hu, geometry, plane):
    """The same plane by SimpleITK's Resample: HU as float, NaN outside."""
    image = sitk.GetImageFromArray(hu)
    image.SetSpacing(geometry.spacing_mm[::-1])
    image.SetOrigin(geometry.origin_mm)
    image.SetDirection(np.asarray(geometry.directions)[::-1].T.ravel().tolist())
    grid = sitk.Image((plane.shape[1], plane.shape[0], 1), sitk.sitkFloat64)
    grid.SetSpacing((plane.spacing_mm, plane.spacing_mm, 1.0))
    grid.SetOrigin(plane.origin_mm)
    grid.SetDirection(
        np.stack((plane.col_direction, plane.row_direction, plane.normal), 1).ravel().tolist()
    )
    resampled = sitk.Resample(
        image, grid, sitk.Transform(), sitk.sitkLinear, float("nan"), sitk.sitkFloat64
    )
    return sitk.GetArrayFromImage(resampled)[0]


def test_any_plane_reproduces_a_ramp_exactly(geometry):
    voxels = Voxels(ramp(SHAPE), geometry)
    for plane in planes_of(geometry):
        picture = reslice(voxels, plane)

        index = plane.to_voxel(np.stack(np.indices(plane.shape), axis=-1), geometry)
        inside = ((index >= 0) & (index <= np.asarray(SHAPE) - 1)).all(axis=-1)
        expected = index @ (90, 7, -5)
        assert inside.sum() > 100
        assert picture.is_there[inside].all()
        # 0.5 is the rounding to whole HU
        assert np.abs(picture.hu - expected)[inside].max() <= 0.5 + 0.01


def test_any_plane_is_what_simpleitk_resamples(geometry):
    hu = noise()
    for plane in planes_of(geometry):
        picture = reslice(Voxels(hu, geometry), plane)
        theirs = by_simpleitk(hu, geometry, plane)

        both = picture.is_there & np.isfinite(theirs)
        assert both.sum() > 100
        assert np.abs(picture.hu - theirs)[both].max() <= 1.0
        # on the very edge of the volume rounding decides
        assert (picture.is_there != np.isfinite(theirs)).mean() < 0.002


def test_a_real_chest_is_what_simpleitk_resamples(real_data):
    folder = real_data / "lidc-chest"
    if not folder.is_dir():
        pytest.skip("lidc-chest is not among the real CT data")
    volume = read_volume(scan_folder(folder)[0].series[0])
    for plane in planes_of(volume.geometry):
        picture = reslice(Voxels.of(volume), plane)
        theirs = by_simpleitk(volume.hu, volume.geometry, plane)

        both = picture.is_there & np.isfinite(theirs)
        assert both.mean() > 0.5
        assert np.abs(picture.hu - theirs)[both].max() <= 1.0


@pytest.mark.parametrize("projection", Projection)
@pytest.mark.parametrize("thickness_mm", [0.0, 6.0])
def test_planes_along_the_voxels_are_the_same_on_both_ways(projection, thickness_mm):
    hu = noise()
    padding = np.zeros(SHAPE, dtype=np.bool_)
    padding[:, :9, :] = padding[3, 20:25, 30:35] = True
    hu[padding] = FILL_HU
    present = np.array([True, True, False, True, True, True, False, False, True])
    voxels = Voxels(hu, UPRIGHT, present, np.packbits(padding, axis=2))
    for make in (Plane.axial, Plane.coronal, Plane.sagittal):
        for move_mm in (0.0, 0.33, -4.0):
            plane = make(UPRIGHT, middle_mm(UPRIGHT)).moved(move_mm)
            cut = Cut(
                voxels,
                plane.index_map(UPRIGHT),
                plane.shape,
                Slab(thickness_mm).offsets_mm(0.5),
                projection,
            )
            axes = aligned_axes(cut)
            assert axes is not None

            hu_cut, is_there_cut = fill(cut, partial(AlignedSampler, axes=axes))
            hu_sampled, is_there_sampled = fill(cut, ObliqueSampler)

            np.testing.assert_array_equal(is_there_cut, is_there_sampled)
            assert np.abs(hu_cut.astype(np.int32) - hu_sampled).max() <= 1


def test_a_leaning_plane_is_not_taken_for_an_aligned_one():
    plane = Plane.coronal(UPRIGHT, middle_mm(UPRIGHT)).turned(PlaneAxis.COL, 0.01)
    cut = Cut(
        Voxels(noise(), UPRIGHT), plane.index_map(UPRIGHT), plane.shape, np.zeros(1), Projection.MIP
    )
    assert aligned_axes(cut) is None


def test_a_coronal_picture_shows_right_at_the_left_and_superior_up():
    hu = np.full(SHAPE, -1000, dtype=np.int16)
    hu[0, 20, 0] = 500  # inferior, at the patient's right
    hu[-1, 20, -1] = 900  # superior, at the patient's left
    plane = Plane.coronal(UPRIGHT, tuple(UPRIGHT.to_patient_mm((4, 20, 30)).tolist()))

    picture = reslice(Voxels(hu, UPRIGHT), plane).hu

    assert picture[:, 0].argmax() >= picture.shape[0] - 3
    assert picture[:, 0].max() == 500
    assert picture[:, -1].argmax() <= 2
    assert picture[:, -1].max() == 900


def test_a_sagittal_picture_shows_anterior_at_the_left_and_superior_up():
    hu = np.full(SHAPE, -1000, dtype=np.int16)
    hu[-1, 0, 30] = 500  # superior, anterior
    hu[0, -1, 30] = 900  # inferior, posterior
    plane = Plane.sagittal(UPRIGHT, tuple(UPRIGHT.to_patient_mm((4, 20, 30)).tolist()))

    picture = reslice(Voxels(hu, UPRIGHT), plane).hu

    assert np.unravel_index(picture[:, :20].argmax(), (picture.shape[0], 20)) <= (2, 1)
    row, col = np.unravel_index(picture.argmax(), picture.shape)
    assert row >= picture.shape[0] - 3
    assert col >= picture.shape[1] - 2


def test_the_mip_of_a_sphere_is_its_shadow():
    geometry = Geometry.axial((40, 60, 60), (1.25, 0.8, 0.8))
    centre = np.asarray(middle_mm(geometry))
    points = geometry.to_patient_mm(np.stack(np.indices(geometry.shape), axis=-1))
    # 100 HU a mm toward the centre, so that interpolation keeps its shape: a cone of HU.
    distance_mm = np.linalg.norm(points - centre, axis=-1)
    hu = np.clip(1500 - 100 * distance_mm, -1000, None).astype(np.int16)
    for plane in planes_of(geometry):
        plane = plane.through(tuple((centre + 4.0 * plane.normal).tolist()))

        thin = reslice(Voxels(hu, geometry), plane).hu
        mip = reslice(Voxels(hu, geometry), plane, Slab(12.0)).hu

        pixels_mm = plane.to_patient_mm(np.stack(np.indices(plane.shape), axis=-1))
        aside_mm = np.linalg.norm(np.cross(pixels_mm - centre, plane.normal), axis=-1)
        near = (aside_mm > 2.0) & (aside_mm < 12.0)
        # 4 mm before the centre the sphere is thinner; the slab reaches its widest place.
        assert np.abs(thin - (1500 - 100 * np.hypot(aside_mm, 4.0)))[near].max() < 25
        assert np.abs(mip - (1500 - 100 * aside_mm))[near].max() < 25


volumes = arrays.arrays(np.int16, (4, 5, 6), elements=st.integers(-1024, 3071))
angles = st.floats(-180, 180)


@settings(max_examples=60)
@given(volumes, angles, angles, st.floats(0, 12))
def test_minip_is_below_mean_and_mean_below_mip(hu, first, second, thickness_mm):
    geometry = Geometry.axial((4, 5, 6), (1.5, 0.7, 0.9))
    plane = Plane.coronal(geometry, middle_mm(geometry))
    plane = plane.turned(PlaneAxis.ROW, first).turned(PlaneAxis.COL, second)

    minip, mean, mip = (
        reslice(Voxels(hu, geometry), plane, Slab(thickness_mm, projection))
        for projection in (Projection.MINIP, Projection.MEAN, Projection.MIP)
    )

    assert (minip.hu <= mean.hu).all()
    assert (mean.hu <= mip.hu).all()
    np.testing.assert_array_equal(minip.is_there, mip.is_there)
    np.testing.assert_array_equal(mean.is_there, mip.is_there)


def test_the_mean_of_a_slab_of_a_ramp_is_its_middle(geometry):
    voxels = Voxels(ramp(SHAPE), geometry)
    for plane in planes_of(geometry):
        index = plane.to_voxel(np.stack(np.indices(plane.shape), axis=-1), geometry)
        deep = ((index >= 2) & (index <= np.asarray(SHAPE) - 3)).all(axis=-1)

        mean = reslice(voxels, plane, Slab(2.0, Projection.MEAN))

        assert np.abs(mean.hu - index @ (90, 7, -5))[deep].max(initial=0.0) <= 0.5 + 0.01


@pytest.mark.parametrize("projection", Projection)
def test_a_slab_takes_only_what_is_inside(projection):
    hu = np.full(SHAPE, 40, dtype=np.int16)
    front = Plane.coronal(UPRIGHT, tuple(UPRIGHT.to_patient_mm((4, 0, 30)).tolist()))

    picture = reslice(Voxels(hu, UPRIGHT), front, Slab(10.0, projection))

    assert picture.is_there.all()
    assert (picture.hu == 40).all()


def test_a_slab_may_be_thicker_than_the_patient():
    hu = noise()
    axial = Plane.axial(UPRIGHT, middle_mm(UPRIGHT))

    picture = reslice(Voxels(hu, UPRIGHT), axial, Slab(10_000.0))

    assert picture.is_there.all()
    # not always up to the centre of the highest voxel: samples lie at most 0.5 mm apart
    assert picture.hu.max() > 0.9 * hu.max()


def test_pictures_of_many_tiles_have_no_seams():
    geometry = Geometry.axial((40, 30, 1100), (0.6, 0.5, 0.5))
    voxels = Voxels(ramp(geometry.shape), geometry)
    coronal = Plane.coronal(geometry, middle_mm(geometry))
    for plane in (coronal, coronal.turned(PlaneAxis.COL, 15)):
        picture = reslice(voxels, plane)

        index = plane.to_voxel(np.stack(np.indices(plane.shape), axis=-1), geometry)
        inside = ((index >= 0) & (index <= np.asarray(geometry.shape) - 1)).all(axis=-1)
        assert inside.sum() > 20_000
        assert np.abs(picture.hu - index @ (90, 7, -5))[inside].max() <= 0.5 + 0.01


def test_outside_the_volume_nothing_is_there(geometry):
    plane = Plane.coronal(geometry, middle_mm(geometry)).moved(1000.0)

    picture = reslice(Voxels(noise(), geometry), plane, Slab(5.0))

    assert not picture.is_there.any()
    assert (picture.hu == FILL_HU).all()


def test_voxels_reach_half_their_width_beyond_their_centres():
    hu = np.full((1, 4, 6), 300, dtype=np.int16)
    geometry = Geometry.axial((1, 4, 6), (3.0, 1.0, 1.0))

    picture = reslice(Voxels(hu, geometry), Plane.coronal(geometry, (2.0, 1.0, 0.0)))

    # a single slice of 3 mm, in pixels of 1 mm
    assert picture.hu.shape == (3, 6)
    assert (picture.hu == 300).all()


def padded_volume(projection_shape=SHAPE):
    """Soft tissue of 40 HU with a rim of padding, and air of the same HU that is no padding."""
    hu = np.full(SHAPE, 40, dtype=np.int16)
    padding = np.zeros(SHAPE, dtype=np.bool_)
    padding[:, :, :12] = True
    hu[padding] = FILL_HU
    hu[4, 20, 40] = FILL_HU
    return Voxels(hu, UPRIGHT, padding=np.packbits(padding, axis=2))


@pytest.mark.parametrize("degrees", [0.0, 12.0])
@pytest.mark.parametrize("projection", Projection)
def test_padding_is_not_air_in_any_slab(projection, degrees):
    voxels = padded_volume()
    air_mm = tuple(UPRIGHT.to_patient_mm((4, 20, 40)).tolist())
    plane = Plane.sagittal(UPRIGHT, tuple(UPRIGHT.to_patient_mm((4, 20, 12)).tolist()))
    plane = plane.turned(PlaneAxis.ROW, degrees)

    picture = reslice(voxels, plane, Slab(8.0, projection))

    through_air = reslice(voxels, plane.through(air_mm), Slab(1.0, Projection.MINIP))
    assert picture.is_there.mean() > 0.4
    assert (picture.hu[picture.is_there] == 40).all()
    assert through_air.hu[through_air.is_there].min() < 40


@pytest.mark.parametrize("degrees", [0.0, 25.0])
def test_in_padding_nothing_is_there(degrees):
    plane = Plane.coronal(UPRIGHT, middle_mm(UPRIGHT)).turned(PlaneAxis.COL, degrees)

    picture = reslice(padded_volume(), plane)

    index = plane.to_voxel(np.stack(np.indices(plane.shape), axis=-1), UPRIGHT)
    inside = ((index > -0.5) & (index < np.asarray(SHAPE) - 0.5)).all(axis=-1)
    weighs_padding = index[..., 2] < 12 - 1e-6
    assert not picture.is_there[weighs_padding & (index[..., 2] < 11.9)].any()
    assert picture.is_there[inside & (index[..., 2] > 12.1)].all()
    assert (picture.hu[~picture.is_there] == FILL_HU).all()


@pytest.mark.parametrize("degrees", [0.0, 25.0])
def test_nothing_is_interpolated_across_an_absent_slice(degrees):
    hu = np.full(SHAPE, 40, dtype=np.int16)
    hu[5] = -30000  # whatever lies in memory that is not loaded yet
    loaded = LoadedSlices(9).with_slices([0, 1, 2, 3, 4, 6, 7, 8])
    plane = Plane.coronal(UPRIGHT, middle_mm(UPRIGHT)).turned(PlaneAxis.COL, degrees)

    picture = reslice(Voxels.loading(a_series(), hu, loaded), plane)

    index = plane.to_voxel(np.stack(np.indices(plane.shape), axis=-1), UPRIGHT)
    inside = ((index > -0.5) & (index < np.asarray(SHAPE) - 0.5)).all(axis=-1)
    from_absent = np.abs(index[..., 0] - 5)
    assert (picture.hu[picture.is_there] == 40).all()
    assert not picture.is_there[from_absent < 0.499].any()
    assert picture.is_there[inside & (from_absent > 0.501)].all()


def a_volume(hu, missing):
    stamps = tuple(SliceStamp(f"1.{k}", k, None, 2.5 * k) for k in range(len(hu)))
    return Volume(hu, UPRIGHT, VolumeOrigin("1", "2", stamps), missing_slices=frozenset(missing))


@pytest.mark.parametrize("degrees", [0.0, 25.0])
@pytest.mark.parametrize("tilt_degrees", [0.0, 20.0])
def test_a_gap_is_as_wide_as_in_the_patient_and_stays_empty(degrees, tilt_degrees):
    """Slices 3 and 4 are missing from the file; seven of nine are left."""
    whole = Geometry(
        SHAPE, UPRIGHT.spacing_mm, UPRIGHT.origin_mm, turned_directions(0, 0, tilt_degrees)
    )
    kept = [0, 1, 2, 5, 6, 7, 8]
    hu = noise()
    holed = replace(whole, shape=(7, 40, 60))
    cosine = np.cos(np.radians(tilt_degrees))
    stamps = tuple(SliceStamp(f"1.{k}", k, None, 2.5 * cosine * k - 100) for k in kept)
    origin = VolumeOrigin("1", "2", stamps, warning_codes=frozenset({WarningCode.GAP}))
    volume = Volume(np.ascontiguousarray(hu[kept]), holed, origin)
    present = np.ones(9, dtype=np.bool_)
    present[[3, 4]] = False

    voxels = Voxels.of(volume)
    plane = Plane.coronal(voxels.geometry, middle_mm(whole)).turned(PlaneAxis.COL, degrees)
    for slab in (THIN, Slab(3.0)):
        picture = reslice(voxels, plane, slab)
        # the same, as if the two slices were in the file, but not readable
        expected = reslice(Voxels(hu, whole, present), plane, slab)

        assert voxels.geometry == whole
        np.testing.assert_array_equal(picture.is_there, expected.is_there)
        np.testing.assert_array_equal(picture.hu, expected.hu)


def test_a_gap_that_no_picture_holds_is_refused_in_words():
    positions_mm = [2.5 * k for k in range(8)] + [1e9]
    series = a_series(positions_mm, WarningCode.GAP)
    with pytest.raises(InputError, match="gaps included"):
        Voxels.loading(series, noise(), LoadedSlices.all_of(9))


@pytest.mark.parametrize("tilt_degrees", [0.0, 25.0])
def test_a_gap_is_known_while_the_series_is_loading(tilt_degrees):
    tilted = replace(UPRIGHT, directions=turned_directions(0, 0, tilt_degrees))
    step_mm = 2.5 * np.cos(np.radians(tilt_degrees))  # along the normal
    positions_mm = [step_mm * level for level in (0, 1, 2, 15, 16, 17, 18, 19, 20)]
    series = replace(a_series(positions_mm, WarningCode.GAP), geometry=tilted)

    voxels = Voxels.loading(series, noise(), LoadedSlices(9).with_slices([0, 3]))

    assert voxels.geometry.shape == (21, 40, 60)
    assert np.flatnonzero(voxels.present).tolist() == [0, 15]


def a_series(positions_mm=None, *codes):
    pixels = PixelFormat("1.2.840.10008.1.2.1", 40, 60, 16, 16, True)
    slices = tuple(
        SliceSource(f"{k}", f"1.{k}", "1", k, position_mm, (0.0, 0.0, position_mm), pixels)
        for k, position_mm in enumerate(positions_mm or [2.5 * k for k in range(9)])
    )
    warnings = tuple(SeriesWarning(code, "") for code in codes)
    return Series("1", "1.1", "CT", "", slices, UPRIGHT, 9, warnings=warnings)


def test_missing_slices_of_a_volume_are_absent():
    hu = noise()
    hu[3] = FILL_HU

    picture = reslice(
        Voxels.of(a_volume(hu, {3})), Plane.coronal(UPRIGHT, middle_mm(UPRIGHT)), THIN
    )

    assert not picture.is_there.all()
    assert Voxels.of(a_volume(hu, ())).present is None


def test_an_absent_slice_takes_no_part_in_an_axial_slab():
    hu = np.full(SHAPE, 40, dtype=np.int16)
    hu[4] = FILL_HU
    axial = Plane.axial(UPRIGHT, middle_mm(UPRIGHT))
    voxels = Voxels.of(a_volume(hu, {4}))

    slab = reslice(voxels, axial, Slab(7.5, Projection.MINIP))

    assert not reslice(voxels, axial).is_there.any()
    assert slab.is_there.all()
    assert (slab.hu == 40).all()


def test_axial_planes_through_slices_are_the_slices():
    hu = noise()
    isotropic = Geometry.axial(SHAPE, (2.5, 0.5, 0.5))
    for index in range(SHAPE[0]):
        at_mm = tuple(isotropic.to_patient_mm((index, 0, 0)).tolist())
        picture = reslice(Voxels(hu, isotropic), Plane.axial(isotropic, at_mm))
        np.testing.assert_array_equal(picture.hu, hu[index])
        assert picture.is_there.all()


def test_threads_change_nothing(monkeypatch):
    geometry = Geometry.axial((40, 300, 300), (1.0, 0.5, 0.5))
    voxels = Voxels(noise(geometry.shape), geometry)
    plane = Plane.axial(geometry, middle_mm(geometry)).turned(PlaneAxis.COL, 10)
    pictures = []
    for n_cores in (1, 3):
        monkeypatch.setattr(parallel, "usable_cores", lambda n=n_cores: n)
        pictures.append(reslice(voxels, plane, Slab(10.0)))

    np.testing.assert_array_equal(pictures[0].hu, pictures[1].hu)
    np.testing.assert_array_equal(pictures[0].is_there, pictures[1].is_there)


def test_the_volume_is_not_copied():
    geometry = Geometry.axial((120, 256, 256), (1.0, 0.7, 0.7))
    voxels = Voxels(np.zeros(geometry.shape, dtype=np.int16), geometry)
    straight = Plane.coronal(geometry, middle_mm(geometry))
    tracemalloc.start()
    for plane in (straight, straight.turned(PlaneAxis.ROW, 30)):
        reslice(voxels, plane, Slab(20.0))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak_bytes < 0.3 * voxels.hu.nbytes


@pytest.mark.parametrize(
    "parts",
    [
        {"hu": noise()[:, :, ::-1]},
        {"hu": noise().astype(np.float32)},
        {"hu": noise()[:4]},
        {"present": np.ones(4, dtype=np.bool_)},
        {"level_of_slice": np.array([0, 1, 2])},
        {"level_of_slice": np.arange(9) * 2},
    ],
)
def test_voxels_that_contradict_themselves_are_refused(parts):
    with pytest.raises(ValueError):
        Voxels(**({"hu": noise(), "geometry": UPRIGHT} | parts))


def test_a_volume_too_long_for_its_indices_is_refused_in_words():
    geometry = Geometry.axial((40_000, 1, 1), (1.0, 1.0, 1.0))
    with pytest.raises(InputError, match="40000 x 1 x 1 voxels"):
        Voxels(np.zeros(geometry.shape, dtype=np.int16), geometry)


@pytest.mark.parametrize("thickness_mm", [-1.0, float("nan"), float("inf"), 1e6])
def test_a_thickness_that_is_none_is_refused(thickness_mm):
    with pytest.raises(ValueError, match="thickness"):
        Slab(thickness_mm)


@given(st.floats(0.01, 40), st.floats(0.2, 5))
def test_a_slab_is_sampled_no_coarser_than_the_step(thickness_mm, step_mm):
    offsets = Slab(thickness_mm).offsets_mm(step_mm)

    assert offsets.sum() == pytest.approx(0.0, abs=1e-6)
    assert np.diff(offsets).max(initial=0.0) <= step_mm * (1 + 1e-6)
    assert thickness_mm / len(offsets) <= step_mm * (1 + 1e-6)
    assert np.abs(offsets).max() < thickness_mm / 2 + 1e-9
