"""What the table says of emboli and arteries is what whole phantoms hold."""

import numpy as np
import pytest

from benchmarks.phantom_statistics.clots import SeenStudy, seen_study
from benchmarks.phantom_statistics.rows import clot_rows, image_rows, vessel_rows
from benchmarks.phantom_statistics.vessels import COUNTED_MM, counted_name, vessel_figures
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.spec import Level, PhantomSpec
from pe_models.phantom.study import Phantom, make_phantom

SEED = 5
SPEC = PhantomSpec(
    matrix=192, n_slices=48, is_positive=True, levels=(Level.CENTRAL, Level.LOBAR, Level.SEGMENTAL)
)


@pytest.fixture(scope="module")
def sampler() -> PhantomSampler:
    return PhantomSampler.plan(SEED, SPEC)


@pytest.fixture(scope="module")
def study(sampler: PhantomSampler) -> SeenStudy:
    return seen_study(sampler)


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return make_phantom(SEED, SPEC)


def test_clots_are_those_of_the_whole_study(study: SeenStudy, phantom: Phantom) -> None:
    seen = [(c.level.value, c.side, round(c.volume_mm3, 3)) for c in study.clots]
    truth = [(e.level, e.side, round(e.volume_mm3, 3)) for e in phantom.truth.emboli]
    assert len(seen) == 3
    assert seen == truth


def test_positive_slices_are_those_of_the_whole_study(study: SeenStudy, phantom: Phantom) -> None:
    assert study.positive_share == pytest.approx(len(phantom.truth.positive_slices) / 48)


def test_clot_voxels_read_what_the_study_reads(study: SeenStudy, phantom: Phantom) -> None:
    for number, clot in enumerate(study.clots):
        assert np.array_equal(np.sort(clot.hu), np.sort(phantom.hu[phantom.clot == number + 1]))


def test_strain_is_that_of_the_truth(study: SeenStudy, phantom: Phantom) -> None:
    assert study.rv_lv_ratio == pytest.approx(phantom.truth.ventricles.rv_lv_ratio)


def test_shares_of_levels_and_of_forms_sum_to_one(study: SeenStudy) -> None:
    rows = list(clot_rows([study]))
    for prefix in ("emboli, ", "form, "):
        shares = [float(row.phantom.split()[0]) for row in rows
                  if row.name.startswith(prefix) and "volume" not in row.name]  # fmt: skip
        assert sum(shares) == pytest.approx(1.0, abs=0.002)


def test_more_arteries_are_thin_than_wide(sampler: PhantomSampler) -> None:
    figures = vessel_figures(sampler)
    counts = [figures[counted_name(mm)] for mm in sorted(COUNTED_MM)]
    assert counts == sorted(counts, reverse=True)
    widths = [figures[f"arteries, {level}: median diameter (mm)"] for level in Level]
    assert widths == sorted(widths, reverse=True)


def test_arteries_stand_beside_what_was_counted_in_life(sampler: PhantomSampler) -> None:
    rows = {row.name: row.real for row in vessel_rows([vessel_figures(sampler)])}
    assert rows["arteries of at least 3.65 mm"] == "98 (Huang 1996)"


def test_what_one_side_lacks_is_a_dash() -> None:
    (row,) = image_rows([{"fat, median (HU)": -99.6}], [{}])
    assert (row.phantom, row.real) == ("-100", "-")
