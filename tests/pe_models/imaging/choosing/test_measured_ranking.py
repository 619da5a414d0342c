"""The CTPA among series whose tags say little: found by the brightness of the pulmonary trunk."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pe_models.imaging.anatomy.opacification import Opacification, Region
from pe_models.imaging.choosing.measured_ranking import (
    measure_sampled,
    ranked_by_measuring,
    sampled,
)
from pe_models.imaging.choosing.ranking import Tags
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.scan import scan_folder
from pe_models.imaging.study import Series
from pe_models.phantom import PhantomSpec
from pe_models.phantom.study import Phantom, make_phantom
from pe_models.progress import Cancelled, CancelToken
from tests.pe_models.imaging.choosing.conftest import a_series

UNENHANCED_HU = 60


def trunk(hu: float, aorta_hu: float | None = None) -> Opacification:
    return Opacification(hu, hu, Region.PULMONARY_TRUNK, aorta_hu)


class Scale:
    """Gives each series what was set for its description, and remembers what was measured."""

    def __init__(self, **found: Opacification | None) -> None:
        self._found = found
        self.measured: list[str] = []

    def __call__(self, series: Series) -> Opacification | None:
        self.measured.append(series.description)
        return self._found[series.description]


def best(series: list[Series], scale: Scale) -> Series:
    return ranked_by_measuring([(each, Tags()) for each in series], scale)[0]


def test_of_mute_series_the_one_with_bright_arteries_comes_first():
    scale = Scale(A=trunk(45), B=trunk(350, 220), C=trunk(140, 150))

    found = best([a_series("A"), a_series("B"), a_series("C")], scale)

    assert found.description == "B"
    assert found.is_ctpa_candidate
    assert found.reasons[:2] == (
        "pulmonary trunk 350 HU, measured",
        "brighter than the aorta (220 HU): pulmonary phase",
    )


def test_the_pulmonary_phase_goes_before_the_aortic_one():
    scale = Scale(A=trunk(280, 420), B=trunk(280, 180))
    assert best([a_series("A"), a_series("B")], scale).description == "B"


@pytest.mark.parametrize(("aorta_hu", "told"), [(299, True), (320, False), (340, True)])
def test_a_phase_is_told_only_where_measuring_can_tell_it(aorta_hu, told):
    found = best([a_series("A"), a_series("B")], Scale(A=trunk(300, aorta_hu), B=trunk(45)))
    assert any("phase" in reason for reason in found.reasons) is told


def test_brightness_outweighs_thin_slices_and_an_agent_in_the_tags():
    late = a_series("A", contrast_agent="IOMERON")
    thick = a_series("B", n_slices=60, slice_thickness_mm=3.5)
    scale = Scale(A=trunk(120, 130), B=trunk(330, 200))

    assert best([late, thick], scale).description == "B"


def test_a_series_that_does_not_cover_the_trunk_goes_behind_one_that_does():
    heart = Opacification(None, 300.0, Region.HEART)
    found = best([a_series("A"), a_series("B")], Scale(A=heart, B=trunk(300)))
    assert found.description == "B"


def test_a_series_without_lungs_is_no_candidate():
    nothing = Opacification(None, None, None)
    *_, last = ranked_by_measuring(
        [(a_series("A"), Tags()), (a_series("B"), Tags())], Scale(A=nothing, B=trunk(300))
    )
    assert (last.description, last.is_ctpa_candidate) == ("A", False)
    assert last.reasons[0] == "no vessels of a chest were found in it"


def test_what_cannot_be_measured_keeps_what_its_tags_say():
    found = ranked_by_measuring(
        [(a_series("A"), Tags()), (a_series("B"), Tags())], Scale(A=None, B=trunk(45))
    )
    assert [each.description for each in found] == ["A", "B"]


def test_noise_does_not_choose_between_reconstructions_of_one_acquisition():
    first, second = a_series("A", series_number=1), a_series("B", series_number=2)
    scale = Scale(A=trunk(348, 220), B=trunk(354, 222))
    assert best([second, first], scale).description == "A"


@pytest.mark.parametrize(
    "series",
    [
        [a_series("CTPA")],
        [a_series("A")],
        [a_series("CTPA", contrast_agent="I"), a_series("Thorax nativ")],
        [a_series("CTPA"), a_series("CTPA lung", kernel="Br64")],
        [a_series("A"), a_series("B", is_axial=False), a_series("C", modality="MR")],
        [a_series("A"), a_series("Scout", 20), a_series("B", 15)],
        [],
    ],
    ids=lambda series: ", ".join(each.description for each in series),
)
def test_where_the_tags_decide_nothing_is_read(series):
    scale = Scale()
    ranked_by_measuring([(each, Tags()) for each in series], scale)
    assert scale.measured == []


def test_two_series_that_both_name_pe_are_measured():
    scale = Scale(CTPA=trunk(140, 160), CTPA2=trunk(340, 200))
    found = best([a_series("CTPA"), a_series("CTPA2", contrast_agent="I")], scale)
    assert found.description == "CTPA2"


def test_only_the_most_likely_of_many_series_are_read():
    series = [a_series(f"S{index}", series_number=index) for index in range(12)]
    scale = Scale(**{each.description: trunk(300) for each in series})

    ranked_by_measuring([(each, Tags()) for each in series], scale)

    assert scale.measured == ["S0", "S1", "S2", "S3"]


def test_nothing_more_is_read_once_a_good_ctpa_is_found():
    scale = Scale(A=trunk(150, 160), B=trunk(430, 200))

    found = best([a_series(name, series_number=ord(name)) for name in "ABCD"], scale)

    assert found.description == "B"
    assert scale.measured == ["A", "B"]


def test_a_late_phase_that_would_do_does_not_keep_the_ctpa_from_being_measured():
    # Blood of the portal phase passes 211 HU at 100 kV.
    late, ctpa = a_series("A", series_number=1), a_series("B", series_number=2)
    scale = Scale(A=trunk(225, 222), B=trunk(390, 250))
    assert best([late, ctpa], scale).description == "B"


def test_what_could_not_come_first_however_bright_is_not_read():
    scale = Scale(A=trunk(350, 300))
    best([a_series("A"), a_series("B", kernel="Br64"), a_series("C", n_slices=30)], scale)
    assert scale.measured == ["A"]


@pytest.mark.parametrize(
    ("n_slices", "slice_mm", "expected"),
    [(300, 1.0, 60), (40, 5.0, 40), (2000, 1.0, 100), (30, 9, 30)],
)
def test_a_sample_is_sparse_and_keeps_its_place(n_slices, slice_mm, expected):
    series = replace(
        a_series("A", n_slices), geometry=Geometry.axial((n_slices, 4, 5), (slice_mm, 0.7, 0.8))
    )

    sample = sampled(series)

    assert sample.n_slices == expected
    last = sample.slices[-1].position_mm * slice_mm
    assert sample.geometry.to_patient_mm((expected - 1, 0, 0))[2] == pytest.approx(last)


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return make_phantom(36, PhantomSpec(matrix=128, n_slices=64, is_positive=False))


WriteStudy = Callable[[str, NDArray[np.int16]], Path]


@pytest.fixture
def write_phase(write_series, phantom: Phantom) -> WriteStudy:
    """Writes the phantom's geometry with other HU as one more series without a telling tag."""

    def write(name: str, hu: NDArray[np.int16]) -> Path:
        _, row_mm, col_mm = phantom.geometry.spacing_mm

        def mute(dataset: Dataset, index: int) -> None:
            dataset.SeriesInstanceUID = f"1.2.3.{name}"
            dataset.SOPInstanceUID = f"1.2.3.{name}.{index}"
            dataset.SeriesNumber = int(name)
            dataset.SeriesDescription = "AX"
            dataset.SliceThickness = phantom.geometry.spacing_mm[0]
            dataset.PixelSpacing = [row_mm, col_mm]

        return write_series(
            folder=f"study/{name}", hu=hu, step_mm=phantom.geometry.spacing_mm[0], edit=mute
        ).folder.parent

    return write


def darker(hu: NDArray[np.int16], share: float) -> NDArray[np.int16]:
    """What is brighter than unenhanced blood, made to rise by ``share`` of its rise."""
    return np.where(hu > UNENHANCED_HU, UNENHANCED_HU + (hu - UNENHANCED_HU) * share, hu).astype(
        np.int16
    )


@pytest.mark.parametrize("order", ["123", "231", "312"])
def test_the_ctpa_of_a_mute_study_is_found_by_its_pixels(write_phase, phantom, order):
    phases = {"plain": darker(phantom.hu, 0.0), "late": darker(phantom.hu, 0.2), "ctpa": phantom.hu}
    for number, hu in zip(order, phases.values(), strict=True):
        folder = write_phase(number, hu)

    (study,) = scan_folder(folder)

    bolus = phantom.truth.bolus_hu["pulmonary_artery"]
    first = study.series[0]
    assert f"{first.series_number}" == order[2]
    assert first.is_ctpa_candidate
    measured = float(first.reasons[0].removeprefix("pulmonary trunk ").split()[0])
    assert measured == pytest.approx(bolus, rel=0.1)
    assert "pulmonary phase" in first.reasons[1]


def test_a_study_of_one_series_is_not_measured(write_phase, phantom):
    (study,) = scan_folder(write_phase("1", phantom.hu))
    assert not any("measured" in reason for reason in study.series[0].reasons)


def test_a_sample_with_a_damaged_slice_is_not_measured(write_phase, phantom):
    folder = write_phase("1", phantom.hu)
    (study,) = scan_folder(folder)
    study.series[0].slices[0].path.write_bytes(b"")

    assert measure_sampled(study.series[0]) is None


def test_measuring_can_be_cancelled(write_phase, phantom):
    (study,) = scan_folder(write_phase("1", phantom.hu))
    cancel = CancelToken()
    cancel.cancel()

    with pytest.raises(Cancelled):
        measure_sampled(study.series[0], cancel=cancel)


def test_a_real_contrast_chest_measures_bright_and_a_plain_one_does_not(real_data):
    folders = (real_data / "hilum-slabs/LIDC-IDRI-0003", real_data / "lidc-chest")

    contrast, plain = (measure_sampled(scan_folder(each)[0].series[0]) for each in folders)

    assert contrast is not None
    assert plain is not None
    assert plain.vessel_hu < 93 < 211 < contrast.vessel_hu
