"""Spots, gradient and border of lungs that were drawn."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.phantom_statistics.lungs import (
    edge_rises_mm,
    gradient_hu_cm,
    spot_widths_mm,
    spots_per_cm2,
)
from benchmarks.phantom_statistics.measures import figures_of
from benchmarks.phantom_statistics.subjects import CtSlice, Subject
from benchmarks.phantom_statistics.tissues import find_tissues
from benchmarks.phantom_statistics.vessels_by_height import counts_of, per_100_cm2
from pe_models.phantom.spec import Kernel


def test_spots_are_counted_above_their_threshold(make_chest) -> None:
    plain = make_chest()
    hu = plain.hu.copy()
    for k, value in enumerate((-600.0, -400.0, -400.0, -100.0)):
        row, col = 150 + 12 * k, 256 - round(75 / plain.pixel_mm)
        hu[row : row + 3, col : col + 3] = value
    ct = replace(plain, hu=hu)
    tissues = find_tissues(ct)
    area_cm2 = tissues.lung_field.sum() * ct.pixel_mm**2 / 100
    counts = [spots_per_cm2(ct, tissues, t) * area_cm2 for t in (-700.0, -500.0, -300.0)]
    assert counts == pytest.approx([4, 3, 1])


def test_one_bright_pixel_is_no_spot(make_chest) -> None:
    plain = make_chest()
    hu = plain.hu.copy()
    hu[180, 256 - round(75 / plain.pixel_mm)] = 0.0
    ct = replace(plain, hu=hu)
    assert spots_per_cm2(ct, find_tissues(ct), -500.0) == 0.0


def test_spots_have_the_width_of_the_disc_of_their_area(make_chest) -> None:
    plain = make_chest()
    hu = plain.hu.copy()
    rows, cols = np.mgrid[: hu.shape[0], : hu.shape[1]]
    middle = 256 - round(75 / plain.pixel_mm)
    hu[np.hypot(rows - 180, cols - middle) * plain.pixel_mm < 2.75] = 200.0
    ct = replace(plain, hu=hu)
    tissues = find_tissues(ct)
    assert spot_widths_mm(ct, tissues, -300.0) == pytest.approx([5.5], rel=0.05)
    area_cm2, numbers = counts_of(ct)
    assert numbers.tolist() == [0, 0, 1, 0]
    mean_cm2, per = per_100_cm2([(area_cm2, numbers), (area_cm2, 3 * numbers)])
    assert mean_cm2 == pytest.approx(area_cm2)
    assert per[2] == pytest.approx(100 * 4 / (2 * area_cm2))


@pytest.mark.parametrize("drawn", [0.0, 4.0, -3.0])
def test_the_gradient_is_that_drawn(make_chest, drawn: float) -> None:
    ct = make_chest(gradient_hu_cm=drawn, noise_hu=20.0)
    assert gradient_hu_cm(ct, find_tissues(ct)) == pytest.approx(drawn, abs=0.4)


@pytest.mark.parametrize("blur_mm", [1.0, 1.4])
def test_the_border_rises_as_its_blur_says(make_chest, blur_mm: float) -> None:
    """Between 10 and 90 % an edge blurred by a Gaussian rises over 2.563 standard deviations."""
    ct = make_chest(blur_mm=blur_mm)
    rises = list(edge_rises_mm(ct, find_tissues(ct)))
    assert len(rises) > 40
    assert np.median(rises) == pytest.approx(2.563 * blur_mm, rel=0.12)


def test_a_slice_without_lung_tells_nothing_of_lungs() -> None:
    ct = CtSlice(np.full((80, 80), 40.0, np.float32), 0.8)
    tissues = find_tissues(ct)
    assert np.isnan(spots_per_cm2(ct, tissues, -500.0))
    assert np.isnan(gradient_hu_cm(ct, tissues))
    assert not list(edge_rises_mm(ct, tissues))


def test_a_subject_without_contrast_has_no_opacified_blood(make_chest) -> None:
    slices = (make_chest(noise_hu=12.0),) * 2
    with_contrast = figures_of(Subject("a", Kernel.SOFT, slices))
    without = figures_of(Subject("b", Kernel.SOFT, slices, is_opacified=False))
    assert with_contrast["opacified blood, median (HU)"] == pytest.approx(350, abs=8)
    assert np.isnan(without["opacified blood, median (HU)"])
    assert without["fat, median (HU)"] == with_contrast["fat, median (HU)"]


def test_figures_of_kernels_stand_apart(make_chest) -> None:
    slices = (make_chest(noise_hu=12.0, blur_mm=0.8),)
    soft, sharp = (figures_of(Subject("a", kernel, slices)) for kernel in Kernel)
    assert "pleura, 10-90 % rise, soft kernel (mm)" in soft
    assert "pleura, 10-90 % rise, sharp kernel (mm)" in sharp
    assert set(soft) ^ set(sharp) == {name for name in {*soft, *sharp} if "kernel" in name}
