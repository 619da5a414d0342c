"""Quality: what a CT cannot show is named, with what was measured; what is no chest is refused."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models import quality
from pe_models.errors import RefusedError
from pe_models.findings import Quality, QualityCode
from pe_models.imaging.anatomy.lungs import segment_lungs
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_folder
from pe_models.imaging.volume import SliceStamp, Volume, VolumeKind, VolumeOrigin
from pe_models.imaging.warnings import WarningCode
from pe_models.phantom import PhantomSpec
from pe_models.phantom.study import make_phantom

SPACING_MM = (3.0, 2.8, 2.8)


@pytest.fixture(scope="module")
def chest() -> Volume:
    """A whole opacified chest; its slices count as 3 mm apart, whatever the phantom drew."""
    phantom = make_phantom(36, PhantomSpec(matrix=128, n_slices=64))
    return volume_of(phantom.hu)


def volume_of(hu, spacing_mm=SPACING_MM, directions=None) -> Volume:
    geometry = Geometry.axial(hu.shape, spacing_mm)
    if directions is not None:
        geometry = replace(geometry, directions=directions)
    stamps = tuple(SliceStamp(f"1.{i}", i, None, i * spacing_mm[0]) for i in range(len(hu)))
    return Volume(np.ascontiguousarray(hu), geometry, VolumeOrigin("1", "2", stamps))


def assessed(volume: Volume) -> Quality:
    lungs = segment_lungs(volume.hu, volume.geometry)
    quality.refuse_unless_chest(volume, lungs)
    return quality.assess(volume, lungs)


def codes(found: Quality) -> set[QualityCode]:
    return {warning.code for warning in found.warnings}


def test_a_whole_opacified_chest_has_no_warning(chest: Volume) -> None:
    found = assessed(chest)
    assert found.warnings == ()
    assert not found.excludes_negative
    assert found.pulmonary_artery_hu is not None
    assert found.pulmonary_artery_hu > quality.LEAST_HU["pulmonary trunk"]


def test_blood_that_is_not_bright_is_not_opacified(chest: Volume) -> None:
    found = assessed(volume_of(np.minimum(chest.hu, 60)))
    assert codes(found) == {QualityCode.NOT_OPACIFIED}
    assert "HU in the pulmonary trunk; below 150 HU" in found.warnings[0].message


@pytest.mark.parametrize(
    ("first", "last", "part"),
    [(20, 64, "lung bases"), (0, 45, "lung apices"), (0, 18, "pulmonary trunk")],
)
def test_a_chest_that_is_cut_is_incompletely_covered(chest, first, last, part) -> None:
    found = assessed(volume_of(chest.hu[first:last]))
    assert QualityCode.INCOMPLETE_COVERAGE in codes(found)
    assert part in " ".join(warning.message for warning in found.warnings)


def test_a_chest_whose_side_is_cut_is_incompletely_covered(chest: Volume) -> None:
    found = assessed(volume_of(chest.hu[:, :, 36:]))
    assert "the side of a lung" in found.warnings[0].message


def test_a_single_slice_of_a_chest_is_assessed_and_incomplete(chest: Volume) -> None:
    found = assessed(volume_of(chest.hu[30:31]))
    assert codes(found) == {QualityCode.INCOMPLETE_COVERAGE}


@pytest.mark.parametrize(
    ("spacing_mm", "thickness_mm", "is_thick"),
    [(3.0, 3.0, False), (3.0, None, False), (2.0, 5.0, True), (3.1, 2.0, True)],
)
def test_slices_above_3_mm_are_thick(chest, spacing_mm, thickness_mm, is_thick) -> None:
    volume = volume_of(chest.hu, (spacing_mm, 2.8, 2.8))
    origin = replace(volume.origin, slice_thickness_mm=thickness_mm)
    assert (QualityCode.THICK_SLICES in codes(assessed(replace(volume, origin=origin)))) is is_thick


@pytest.mark.parametrize("code", [WarningCode.GAP, WarningCode.UNEVEN_SPACING])
def test_a_gap_between_slices_is_reported_with_its_width(chest: Volume, code) -> None:
    stamps = list(chest.origin.slices)
    stamps[40:] = [replace(stamp, position_mm=stamp.position_mm + 9.5) for stamp in stamps[40:]]
    origin = replace(chest.origin, slices=tuple(stamps), warning_codes=frozenset({code}))
    found = assessed(replace(chest, origin=origin))
    assert codes(found) == {QualityCode.GAP}
    assert "12.5 mm" in found.warnings[0].message


@pytest.mark.parametrize(("missing", "words"), [({7}, "1 slice"), ({7, 8}, "2 slices")])
def test_slices_that_could_not_be_decoded_are_counted(chest: Volume, missing, words) -> None:
    found = assessed(replace(chest, missing_slices=frozenset(missing)))
    assert codes(found) == {QualityCode.MISSING_SLICES}
    assert found.warnings[0].message.startswith(f"{words} could not be decoded")


@pytest.mark.parametrize("spacing_mm", [(3.0, 28.0, 2.8), (3.0, 2.8, 28.0)])
def test_a_view_wider_than_any_scanner_is_refused_in_words(chest, spacing_mm) -> None:
    with pytest.raises(RefusedError, match=r"3\.6 m across, so its pixel spacing is wrong"):
        assessed(volume_of(chest.hu, spacing_mm))


def test_what_has_no_hounsfield_units_is_refused(chest: Volume) -> None:
    with pytest.raises(RefusedError, match="no Hounsfield units"):
        assessed(replace(chest, kind=VolumeKind.RAW))


def test_what_is_not_axial_is_refused(chest: Volume) -> None:
    coronal = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0))
    with pytest.raises(RefusedError, match="not axial"):
        assessed(volume_of(chest.hu, directions=coronal))


def test_what_has_no_lungs_is_refused() -> None:
    with pytest.raises(RefusedError, match="No lungs"):
        assessed(volume_of(np.full((4, 60, 60), 40, dtype=np.int16)))


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("lidc-chest", {QualityCode.NOT_OPACIFIED}),
        ("rider-ctpa", {QualityCode.INCOMPLETE_COVERAGE}),
        ("hilum-slabs/LIDC-IDRI-0003", {QualityCode.INCOMPLETE_COVERAGE}),
    ],
)
def test_no_real_ct_that_cannot_exclude_pe_passes(real_data, folder, expected) -> None:
    assert codes(assessed(read_volume(scan_folder(real_data / folder)[0].series[0]))) == expected
