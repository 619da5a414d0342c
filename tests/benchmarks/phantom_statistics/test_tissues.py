"""The rule finds each tissue of a drawn chest where it was drawn, and nothing else for it."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.phantom_statistics.subjects import CtSlice, RealSeries
from benchmarks.phantom_statistics.tissues import eroded, find_tissues, opened
from pe_models.imaging.volume import PADDING_HU


@pytest.mark.parametrize(
    ("tissue", "drawn_hu"),
    [("lung_field", -860), ("blood", 350), ("muscle", 55), ("fat", -100), ("bone", 420)],
)
def test_a_tissue_reads_what_was_drawn(make_chest, tissue: str, drawn_hu: float) -> None:
    ct = make_chest(noise_hu=10.0)
    found = ct.hu[getattr(find_tissues(ct), tissue)]
    assert found.size > 200
    assert np.median(found) == pytest.approx(drawn_hu, abs=8)


def test_marrow_is_no_blood(make_chest) -> None:
    assert not find_tissues(make_chest(blood_hu=40.0)).blood.any()


def test_air_in_the_table_and_about_the_body_is_no_lung(make_chest) -> None:
    ct = make_chest()
    lung = find_tissues(ct).lung
    assert lung.any()
    assert (ct.hu[lung] == -860.0).all()


def test_a_lung_that_the_field_of_view_cuts_is_a_lung(make_chest) -> None:
    whole = make_chest()
    first = 256 - round(126 / whole.pixel_mm)
    cut = replace(whole, hu=whole.hu[:, first:])
    assert find_tissues(cut).lung.sum() > 0.9 * find_tissues(whole).lung.sum()


def test_padding_about_the_body_is_no_lung(make_chest) -> None:
    whole = make_chest()
    padded = whole.hu.copy()
    padded[:, :40] = padded[:, -40:] = PADDING_HU
    assert (find_tissues(replace(whole, hu=padded)).lung == find_tissues(whole).lung).all()


def test_air_alone_has_no_tissue() -> None:
    tissues = find_tissues(CtSlice(np.full((60, 50), -1000.0, np.float32), 0.8))
    assert not any(getattr(tissues, name).any() for name in ("lung", "wall", "blood", "bone"))


def test_the_picture_edge_is_no_border_of_what_it_cuts() -> None:
    mask = np.zeros((20, 20), np.bool_)
    mask[:10] = True
    assert eroded(mask, 3.0)[0].all()
    assert not eroded(mask, 3.0)[8].any()


def test_opening_takes_what_is_narrow() -> None:
    mask = np.zeros((30, 30), np.bool_)
    mask[5:25, 5:25] = True
    mask[14:16, 25:] = True
    assert opened(mask, 3.0)[15, 15]
    assert not opened(mask, 3.0)[15, 28]


def test_tissues_of_a_real_chest_read_what_they_do_in_life(real_data) -> None:
    """Fat about -100, muscle 40 to 65 with contrast, lung below -800, blood above 200 HU."""
    series = RealSeries("slab", "hilum-slabs/LIDC-IDRI-0003", "soft", True, False)  # type: ignore[arg-type]
    ct = series.subject(real_data, 3).slices[1]
    tissues = find_tissues(ct)
    assert -120 < np.median(ct.hu[tissues.fat]) < -80
    assert 35 < np.median(ct.hu[tissues.muscle]) < 70
    assert np.median(ct.hu[tissues.lung_field]) < -800
    assert np.median(ct.hu[tissues.blood]) > 200
