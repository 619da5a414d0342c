"""Ranking: of everything in a study, the CTPA comes first."""

from dataclasses import replace

import pytest

from pe_models.imaging.choosing.ranking import Tags, ranked
from pe_models.imaging.study import Series
from tests.pe_models.imaging.choosing.conftest import a_series as described


def a_series(description: str, n_slices: int = 200, **changes) -> Series:
    """With contrast and a soft kernel, where ``changes`` do not say otherwise."""
    usual = {"contrast_agent": "IOMERON", "kernel": "Br40"}
    return described(description, n_slices, **{**usual, **changes})


LOCALIZER = Tags(image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))
MIP = Tags(image_type=("DERIVED", "SECONDARY", "MIP"))
REFORMAT = Tags(image_type=("DERIVED", "SECONDARY", "REFORMATTED"))
RIVALS = [
    (a_series("Topogram 0.6", 1, contrast_agent="", is_axial=False), LOCALIZER),
    (a_series("PreMonitoring", 1, slice_thickness_mm=10.0, contrast_agent=""), Tags()),
    (a_series("Monitoring bolus", 25, slice_thickness_mm=10.0), Tags()),
    (a_series("Thorax nativ 5.0", 60, slice_thickness_mm=5.0, contrast_agent=""), Tags()),
    (a_series("Lung 1.0 Br64", kernel="Br64"), Tags()),
    (a_series("PE axial MIP 8/2", 120, slice_thickness_mm=8.0), MIP),
    (a_series("PE coronal 2.0", 150, is_axial=False), REFORMAT),
    (a_series("Dose report", 1, modality="OT"), Tags()),
    (a_series("T2 haste", modality="MR"), Tags()),
]


@pytest.mark.parametrize(
    "description", ["CTPA 1.0 Br40", "Angio Pulmonary 1.25", "CHEST R/O PE", "Lungenarterien"]
)
@pytest.mark.parametrize("place", [0, 4, 9])
def test_the_ctpa_comes_first_wherever_it_stands(description, place):
    offered = [*RIVALS[:place], (a_series(description), Tags()), *RIVALS[place:]]

    best, *rest = ranked(offered)

    assert best.description == description
    assert best.is_ctpa_candidate
    assert best.reasons
    assert [series.rank for series in (best, *rest)] == list(range(10))


@pytest.mark.parametrize("rival", RIVALS, ids=lambda rival: rival[0].description)
def test_reasons_are_given_for_every_series(rival):
    (series,) = ranked([rival])
    assert series.reasons


@pytest.mark.parametrize("index", [0, 1, 2, 6, 7, 8])
def test_what_cannot_be_read_for_pe_is_no_candidate(index):
    (series,) = ranked([RIVALS[index]])
    assert not series.is_ctpa_candidate


def test_a_map_in_other_units_is_no_candidate():
    iodine = a_series("CTPA iodine")
    pixels = replace(iodine.slices[0].pixels, rescale_type="MGML")
    slices = tuple(replace(source, pixels=pixels) for source in iodine.slices)

    (series,) = ranked([(replace(iodine, slices=slices), Tags())])

    assert not series.is_ctpa_candidate
    assert "its values are not Hounsfield units" in series.reasons


@pytest.mark.parametrize(
    ("agent", "is_given"),
    [("IOMERON 400", True), ("IV", True), ("oral & IV", True), ("ORAL", False), ("None", False),
     ("no contrast", False), ("", False), ("-", False), ("APPLIED", True), ("Ultravist/po", False)],
)  # fmt: skip
def test_what_was_given_by_vein_counts_as_an_agent(agent, is_given):
    (series,) = ranked([(a_series("AX", contrast_agent=agent), Tags())])
    assert ("a contrast agent was given" in series.reasons) is is_given


@pytest.mark.parametrize(
    ("kernel", "is_sharp"),
    [("Br64", True), ("B70f", True), ("LUNG", True), ("BONEPLUS", True), ("FC52", True),
     ("YC", True), ("Br40", False), ("B30f", False), ("STANDARD", False), ("FC08", False),
     ("Bv36", False), ("", False)],
)  # fmt: skip
def test_sharp_kernels_are_known_by_name(kernel, is_sharp):
    (series,) = ranked([(a_series("AX", kernel=kernel), Tags())])
    assert any("sharp kernel" in reason for reason in series.reasons) is is_sharp


def test_a_full_series_whose_name_tells_of_bolus_tracking_is_no_bolus_tracking():
    tracked = a_series("CTPA bolus tracking 1.0", 300)
    best, _ = ranked([(a_series("Thorax 1.0"), Tags()), (tracked, Tags())])
    assert best.description == tracked.description


def test_where_the_series_is_mute_its_protocol_speaks():
    mute = (a_series("", contrast_agent=""), Tags(protocol="CHEST PULMONARY EMBOLUS"))
    plain = (a_series("", contrast_agent="", series_number=1), Tags())

    best, _ = ranked([plain, mute])

    assert "its study names pulmonary embolism or angiography" in best.reasons
