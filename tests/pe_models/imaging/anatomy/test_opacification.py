"""Opacification against the phantom's true bolus, and on real contrast and plain CT."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models.imaging.anatomy.lungs import segment_lungs
from pe_models.imaging.anatomy.opacification import Region, measure_opacification
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_folder
from pe_models.phantom import PhantomSpec
from pe_models.phantom.study import Phantom, make_phantom


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return make_phantom(36, PhantomSpec(matrix=128, n_slices=64, is_positive=True))


def measured(phantom: Phantom, first: int = 0, last: int | None = None):
    hu = np.ascontiguousarray(phantom.hu[first:last])
    return measure_opacification(
        segment_lungs(hu, Geometry.axial(hu.shape, phantom.geometry.spacing_mm))
    )


def test_the_trunk_of_a_phantom_measures_its_bolus(phantom: Phantom) -> None:
    found = measured(phantom)
    assert found.trunk_is_covered
    assert found.region is Region.PULMONARY_TRUNK
    assert found.pulmonary_artery_hu == found.vessel_hu
    assert found.pulmonary_artery_hu == pytest.approx(
        phantom.truth.bolus_hu["pulmonary_artery"], rel=0.10
    )


@pytest.mark.parametrize("step", [1, 2])
def test_the_descending_aorta_of_a_phantom_measures_its_bolus(phantom: Phantom, step: int) -> None:
    hu = np.ascontiguousarray(phantom.hu[::step])
    slice_mm, row_mm, col_mm = phantom.geometry.spacing_mm
    geometry = Geometry.axial(hu.shape, (slice_mm * step, row_mm, col_mm))
    found = measure_opacification(segment_lungs(hu, geometry))
    assert found.aorta_hu == pytest.approx(phantom.truth.bolus_hu["aorta"], rel=0.10)


def test_left_and_anterior_come_from_the_geometry_and_not_from_the_array(phantom: Phantom) -> None:
    turned = np.ascontiguousarray(phantom.hu[:, ::-1, ::-1])
    directions = ((0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (-1.0, 0.0, 0.0))
    geometry = replace(phantom.geometry, directions=directions)
    found = measure_opacification(segment_lungs(turned, geometry))
    assert found.pulmonary_artery_hu == measured(phantom).pulmonary_artery_hu
    assert found.aorta_hu == pytest.approx(measured(phantom).aorta_hu)


def test_blood_without_contrast_is_measured_as_such(phantom: Phantom) -> None:
    plain = np.minimum(phantom.hu, 60)
    found = measure_opacification(segment_lungs(plain, phantom.geometry))
    assert found.pulmonary_artery_hu is not None
    assert 30 < found.pulmonary_artery_hu <= 60


def test_the_heart_stands_in_where_the_trunk_is_not_covered(phantom: Phantom) -> None:
    found = measured(phantom, last=22)
    assert not found.trunk_is_covered
    assert found.pulmonary_artery_hu is None
    assert found.region is Region.HEART
    assert found.vessel_hu is not None
    bolus = phantom.truth.bolus_hu
    hearts = (bolus["right_ventricle"], bolus["left_ventricle"])
    assert 0.85 * min(hearts) < found.vessel_hu < 1.15 * max(hearts)


def test_nothing_is_measured_where_there_are_no_lungs() -> None:
    hu = np.full((4, 40, 50), 40, dtype=np.int16)
    found = measure_opacification(segment_lungs(hu, Geometry.axial(hu.shape, (3.0, 3.0, 3.0))))
    assert found.vessel_hu is None
    assert found.region is None
    assert found.aorta_hu is None
    assert not found.trunk_is_covered


@pytest.mark.parametrize(
    ("folder", "low", "high"),
    # regions drawn by hand in the trunk: 299 to 323 HU in 0001; 417 +- 68 HU in 0003; plain blood
    [
        ("hilum-slabs/LIDC-IDRI-0001", 285, 340),
        ("hilum-slabs/LIDC-IDRI-0003", 400, 540),
        ("lidc-chest", 30, 70),
    ],
)
def test_the_trunk_of_real_ct_measures_what_was_drawn_by_hand(real_data, folder, low, high) -> None:
    volume = read_volume(scan_folder(real_data / folder)[0].series[0])
    found = measure_opacification(segment_lungs(volume.hu, volume.geometry))
    assert found.pulmonary_artery_hu is not None
    assert low < found.pulmonary_artery_hu < high


@pytest.mark.parametrize(
    ("folder", "is_pulmonary_phase"),
    # seen beside the drawn trunks: the aorta is brighter than the trunk in 0001, darker in 0003
    [("hilum-slabs/LIDC-IDRI-0001", False), ("hilum-slabs/LIDC-IDRI-0003", True)],
)
def test_trunk_and_aorta_of_real_ct_tell_the_phase(real_data, folder, is_pulmonary_phase) -> None:
    volume = read_volume(scan_folder(real_data / folder)[0].series[0])
    found = measure_opacification(segment_lungs(volume.hu, volume.geometry))
    assert found.pulmonary_artery_hu is not None
    assert found.aorta_hu is not None
    assert (found.pulmonary_artery_hu >= found.aorta_hu) is is_pulmonary_phase
