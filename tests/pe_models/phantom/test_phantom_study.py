"""A phantom and its truth agree to the voxel."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models import labels
from pe_models.phantom.sampler import ARTERY, VEIN
from pe_models.phantom.spec import Level, Mimic, PhantomError, PhantomSpec
from pe_models.phantom.study import Phantom, make_phantom
from pe_models.phantom.truth import Box, Embolus, PhantomTruth
from pe_models.phantom.ventricles import VentricleWidths


def test_equal_arguments_give_equal_arrays(positive: Phantom, positive_spec: PhantomSpec) -> None:
    again = make_phantom(7, positive_spec)
    assert np.array_equal(again.hu, positive.hu)
    assert np.array_equal(again.clot, positive.clot)
    assert np.array_equal(again.vessel, positive.vessel)
    assert again.truth == positive.truth
    assert again.geometry == positive.geometry


_DIGEST = """
import hashlib
from pe_models.phantom.spec import Mimic, PhantomSpec
from pe_models.phantom.study import make_phantom
phantom = make_phantom(3, PhantomSpec(matrix=64, n_slices=8, mimics=tuple(Mimic)))
print(hashlib.sha256(phantom.hu.tobytes() + repr(phantom.truth).encode()).hexdigest())
"""


def test_equal_arguments_give_equal_arrays_in_every_process() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", _DIGEST], check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        ).stdout
        for hash_seed in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1


def test_another_seed_gives_another_chest(negative: Phantom) -> None:
    other = make_phantom(9, PhantomSpec(matrix=96, n_slices=24, is_positive=False, artery_hu=300.0))
    assert (other.hu != negative.hu).mean() > 0.5


def test_the_emboli_are_the_numbered_voxels_of_the_clot_mask(positive: Phantom) -> None:
    emboli = positive.truth.emboli
    assert set(np.unique(positive.clot)) == set(range(len(emboli) + 1))
    voxel_mm3 = np.prod(positive.geometry.spacing_mm)
    for number, embolus in enumerate(emboli, start=1):
        where = np.argwhere(positive.clot == number)
        assert embolus.slices == (where[:, 0].min(), where[:, 0].max())
        assert embolus.center_slice_row_col == pytest.approx(tuple(where.mean(axis=0)))
        assert embolus.volume_mm3 == pytest.approx(len(where) * voxel_mm3)
        assert embolus.center_mm == pytest.approx(
            tuple(positive.geometry.to_patient_mm(embolus.center_slice_row_col))
        )


def test_positive_slices_are_those_with_clot(positive: Phantom, negative: Phantom) -> None:
    with_clot = [i for i, plane in enumerate(positive.clot) if plane.any()]
    assert list(positive.truth.positive_slices) == with_clot
    assert with_clot
    assert not negative.clot.any()
    assert negative.truth.positive_slices == ()


def test_clots_lie_in_arteries_on_their_side(positive: Phantom) -> None:
    assert (positive.vessel[positive.clot > 0] == ARTERY).all()
    lobar = [e for e in positive.truth.emboli if e.level == "lobar"]
    assert lobar
    for embolus in lobar:
        assert (embolus.center_mm[0] < 0) == (embolus.side == "right")


def test_every_level_asked_for_is_there(positive: Phantom, positive_spec: PhantomSpec) -> None:
    assert [e.level for e in positive.truth.emboli] == [
        level.value for level in positive_spec.levels
    ]


def test_clots_are_dark_in_bright_arteries(positive: Phantom) -> None:
    """Clot about 20 to 90 HU, arteries as asked for; the cores, away from partial volume."""
    bolus = positive.truth.bolus_hu["pulmonary_artery"]
    assert bolus == 400.0
    lumen = positive.hu[(positive.vessel == ARTERY) & (positive.clot == 0)]
    assert np.percentile(lumen, 90) == pytest.approx(bolus, rel=0.1)
    assert np.median(positive.hu[positive.clot > 0]) < 0.6 * bolus


def test_lungs_lie_in_their_box_and_read_as_air_and_tissue(positive: Phantom) -> None:
    box = positive.truth.lung_box
    within = positive.hu[:, box.row_min : box.row_max, box.col_min : box.col_max]
    lung = within[(within > -940) & (within < -700)]
    assert lung.size > 0.2 * within.size
    assert -890 < np.median(lung) < -780
    each = [b for b in positive.truth.lung_boxes if b is not None]
    assert box.row_min == min(b.row_min for b in each)
    assert box.col_max == max(b.col_max for b in each)


def test_veins_and_arteries_are_told_apart(positive: Phantom) -> None:
    assert (positive.vessel == ARTERY).sum() > 500
    assert (positive.vessel == VEIN).sum() > 300


def test_liver_is_on_the_right_and_below(positive: Phantom) -> None:
    """An arrow through the phantom: right is at small columns, inferior at small indices."""
    soft = (positive.hu > 20) & (positive.hu < 160)
    low = soft[:6]
    half = low.shape[2] // 2
    right, left = low[:, :, half // 2 : half].sum(), low[:, :, half : half + half // 2].sum()
    assert right > left
    apex_air = (positive.hu[-8:] < -700).sum()
    assert apex_air > 0


def test_the_grid_asked_for_is_the_grid_made() -> None:
    spec = PhantomSpec(matrix=64, n_slices=10, slice_spacing_mm=2.5, slice_thickness_mm=5.0)
    phantom = make_phantom(4, spec)
    assert phantom.hu.shape == phantom.geometry.shape == (10, 64, 64)
    assert phantom.geometry.spacing_mm[0] == 2.5
    assert phantom.slice_thickness_mm == 5.0
    assert phantom.hu.dtype == np.int16


def test_thin_and_thick_slices_show_the_same_chest() -> None:
    thin = PhantomSpec(
        matrix=64, n_slices=12, slice_spacing_mm=4.0, slice_thickness_mm=1.0, noise_hu=0.0,
        is_positive=False, pixel_spacing_mm=1.5,
    )  # fmt: skip
    thick = dataclasses.replace(thin, slice_thickness_mm=5.0)
    a, b = make_phantom(6, thin), make_phantom(6, thick)
    difference = np.abs(a.hu.astype(float) - b.hu)
    assert 0 < difference.mean() < 40


def test_clots_that_no_slice_can_show_are_refused() -> None:
    with pytest.raises(PhantomError, match="no place for the clots"):
        make_phantom(2, _NO_ROOM)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(PhantomError, match="0 or more"):
        make_phantom(-1, PhantomSpec(matrix=64, n_slices=8))


_NO_ROOM = PhantomSpec(
    matrix=64, n_slices=8, slice_spacing_mm=0.4, levels=(Level.SUBSEGMENTAL,) * 3, is_positive=True
)
_EMBOLI = st.lists(
    st.builds(
        Embolus,
        center_slice_row_col=st.just((1.0, 2.0, 3.0)),
        center_mm=st.just((0.0, 0.0, 0.0)),
        volume_mm3=st.just(1.0),
        level=st.sampled_from(["central", "lobar", "segmental", "subsegmental"]),
        side=st.sampled_from(["left", "right"]),
        acute=st.booleans(),
        complete=st.booleans(),
        form=st.just("floating"),
        hu=st.just(50.0),
        slices=st.just((1, 1)),
    ),
    max_size=5,
)


_MIMICS = st.sets(st.sampled_from(list(Mimic))).map(lambda mimics: tuple(sorted(mimics)))


@given(_EMBOLI, _MIMICS, st.floats(20, 60), st.floats(20, 60), st.booleans())
def test_exam_labels_break_no_rule(
    emboli: list[Embolus], mimics: tuple[Mimic, ...], rv_mm: float, lv_mm: float, poor: bool
) -> None:
    box = Box(0, 4, 0, 4)
    is_poor = poor and not emboli
    truth = PhantomTruth(
        "1", 1, "soft", 10.0, False, {}, tuple(emboli), mimics, (), VentricleWidths(rv_mm, lv_mm),
        box, (box,), (1,) if emboli else (), is_poor, is_poor,
    )  # fmt: skip
    on = {label for label, value in truth.exam_labels.items() if value}
    if emboli:
        assert len(on & {labels.RV_LV_GTE_1, labels.RV_LV_LT_1}) == 1
        assert on & {labels.CENTRAL, labels.LEFT, labels.RIGHT}
        assert len(on & {labels.CHRONIC, labels.ACUTE_AND_CHRONIC}) <= 1
        assert not on & {labels.NEGATIVE, labels.INDETERMINATE}
        assert (labels.RV_LV_GTE_1 in on) == (rv_mm / lv_mm >= 1.0)
    else:
        assert on <= {labels.NEGATIVE, labels.INDETERMINATE, *labels.QUALITY_LABELS}
        assert len(on & {labels.NEGATIVE, labels.INDETERMINATE}) == 1
    assert ("flow_artifact" in on) == (Mimic.FLOW_ARTIFACT in mimics)
    assert ("qa_motion" in on) == (Mimic.MOTION in mimics)
    assert ("true_filling_defect_not_pe" in on) == (Mimic.FILLING_DEFECT in mimics)
    assert ("qa_contrast" in on) == (poor and not emboli)
