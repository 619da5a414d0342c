"""Heads: their tissues, their bleeds where each kind lies, and labels that follow the blood."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import ndimage

from pe_models.phantom.head.head import KINDS
from pe_models.phantom.head.spec import BleedKind, HeadMimic, HeadSpec
from pe_models.phantom.head.study import HeadPhantom, make_head
from pe_models.phantom.spec import PhantomError
from pe_models.tasks import HEMORRHAGE

Bleeding = Callable[[BleedKind], HeadPhantom]


def _skull(head: HeadPhantom) -> np.ndarray:
    return head.hu > 400


def _inside(head: HeadPhantom) -> np.ndarray:
    """Voxels within bone in their slice, above the base of the skull and off its edge."""
    half = head.geometry.n_slices // 2
    filled = np.stack([ndimage.binary_fill_holes(plane) for plane in _skull(head)])
    filled &= ~_skull(head)
    filled[:half] = False
    return np.stack([ndimage.binary_erosion(plane) for plane in filled])


def _blood(head: HeadPhantom, kind: BleedKind) -> np.ndarray:
    return head.blood == KINDS.index(kind) + 1


def test_kinds_are_the_subcategories_of_the_task() -> None:
    assert {kind.value for kind in KINDS} == set(HEMORRHAGE.kinds)


def test_brain_lies_in_bone_and_has_the_density_of_brain(healthy: HeadPhantom) -> None:
    brain = healthy.hu[_inside(healthy)]
    # Grey 37, white 25 to 32 HU: Prokop, Spiral and Multislice CT, 2003; fluid lies below.
    assert 20 <= np.median(brain) <= 40
    assert (brain > 60).mean() < 0.04  # falx and sinuses
    assert _skull(healthy).sum() > 2000


def test_a_head_has_fluid_within_and_about_its_brain(healthy: HeadPhantom) -> None:
    inside = _inside(healthy)
    fluid = inside & (healthy.hu < 18)
    assert 0.003 < fluid.sum() / inside.sum() < 0.4


def test_left_and_right_of_a_head_differ(healthy: HeadPhantom) -> None:
    assert not np.array_equal(healthy.hu, healthy.hu[:, :, ::-1])


@pytest.mark.parametrize("kind", list(BleedKind))
def test_blood_of_every_kind_is_seen_labelled_and_bright(
    bleeding: Bleeding, kind: BleedKind
) -> None:
    head = bleeding(kind)
    blood = _blood(head, kind)
    assert blood.any()
    assert np.array_equal(blood, head.blood > 0)
    (bleed,) = head.truth.bleeds
    assert bleed.kind == kind.value
    # Acute blood measures 50 to 90 HU; what shares its pixels darkens or brightens the rest.
    assert 40 < np.median(head.hu[blood]) < 95
    labels = np.array(head.truth.labels)
    column = HEMORRHAGE.labels.index(kind.value)
    assert bleed.slices is not None
    first, last = bleed.slices
    assert labels[first, column] == labels[last, column] == 1
    assert not labels[:first, column].any()
    assert not labels[last + 1 :, column].any()


def test_any_is_set_where_another_label_is(bleeding: Bleeding) -> None:
    for kind in BleedKind:
        labels = np.array(bleeding(kind).truth.labels)
        assert np.array_equal(labels[:, :-1].any(axis=1), labels[:, -1] == 1)


def test_a_healthy_head_has_no_labels(healthy: HeadPhantom) -> None:
    assert not np.array(healthy.truth.labels).any()
    assert not healthy.blood.any()
    assert healthy.truth.bleeds == ()


@pytest.mark.parametrize("kind", [BleedKind.EPIDURAL, BleedKind.SUBDURAL])
def test_blood_between_skull_and_brain_touches_the_skull(
    bleeding: Bleeding, kind: BleedKind
) -> None:
    head = bleeding(kind)
    blood = _blood(head, kind)
    beside = ndimage.binary_dilation(_skull(head), iterations=2) & blood
    assert beside.sum() > 0.1 * blood.sum()


def test_blood_in_the_brain_does_not_touch_the_skull(bleeding: Bleeding) -> None:
    head = bleeding(BleedKind.INTRAPARENCHYMAL)
    blood = _blood(head, BleedKind.INTRAPARENCHYMAL)
    assert not (ndimage.binary_dilation(_skull(head)) & blood).any()


@pytest.mark.parametrize("kind", [BleedKind.INTRAVENTRICULAR, BleedKind.SUBARACHNOID])
def test_blood_takes_the_place_of_fluid(
    bleeding: Bleeding, healthy: HeadPhantom, kind: BleedKind
) -> None:
    head = bleeding(kind)
    has_fluid = healthy.hu < 22  # pixels are larger than sulci: they share it with brain
    assert has_fluid[_blood(head, kind)].mean() > 2 * has_fluid[_inside(healthy)].mean()


def test_blood_in_the_ventricles_sinks(bleeding: Bleeding, healthy: HeadPhantom) -> None:
    blood = _blood(bleeding(BleedKind.INTRAVENTRICULAR), BleedKind.INTRAVENTRICULAR)
    rows = np.argwhere(blood)[:, 1]
    assert np.median(rows) > healthy.geometry.shape[1] / 2


def test_an_epidural_lens_is_thick_for_its_length_a_subdural_crescent_is_long(
    bleeding: Bleeding,
) -> None:
    def longest(kind: BleedKind) -> float:
        blood = _blood(bleeding(kind), kind)
        plane = blood[blood.sum(axis=(1, 2)).argmax()]
        points = np.argwhere(plane).astype(float)
        return float(np.ptp(points, axis=0).max() / np.sqrt(plane.sum()))

    assert longest(BleedKind.SUBDURAL) > longest(BleedKind.EPIDURAL)


def test_a_clot_has_swelling_about_it(bleeding: Bleeding, healthy: HeadPhantom) -> None:
    head = bleeding(BleedKind.INTRAPARENCHYMAL)
    blood = head.blood > 0
    about = ndimage.binary_dilation(blood, iterations=2) & ~ndimage.binary_dilation(blood)
    assert np.median(head.hu[about]) < np.median(healthy.hu[_inside(healthy)])


def test_equal_arguments_give_equal_heads_and_seeds_differ() -> None:
    spec = HeadSpec(matrix=64, n_slices=4)
    assert np.array_equal(make_head(5, spec).hu, make_head(5, spec).hu)
    assert not np.array_equal(make_head(5, spec).hu, make_head(6, spec).hu)


def test_noise_is_as_strong_as_asked_for() -> None:
    quiet = make_head(5, HeadSpec(matrix=128, n_slices=8, noise_hu=0.0, mimics=())).hu
    noisy = make_head(5, HeadSpec(matrix=128, n_slices=8, noise_hu=6.0, mimics=())).hu
    brain = _inside(make_head(5, HeadSpec(matrix=128, n_slices=8, noise_hu=0.0, mimics=())))
    difference = (noisy.astype(float) - quiet)[brain]
    assert difference.std() == pytest.approx(6.0, rel=0.35)


def test_motion_blurs_its_slices_alone() -> None:
    def of(*mimics: HeadMimic) -> np.ndarray:
        return make_head(5, HeadSpec(64, 10, is_positive=False, mimics=mimics, noise_hu=0.0)).hu

    changed = (of() != of(HeadMimic.MOTION)).any(axis=(1, 2))
    assert 1 <= changed.sum() < 10


@pytest.mark.parametrize(
    ("mimic", "brighter"),
    [
        (HeadMimic.CALCIFIED_PLEXUS, True),
        (HeadMimic.MENINGIOMA, True),
        (HeadMimic.CALCIFIED_FALX, True),
        (HeadMimic.OLD_INFARCT, False),
    ],
)
def test_lookalikes_change_pixels_and_no_label(mimic: HeadMimic, brighter: bool) -> None:
    def of(*mimics: HeadMimic) -> HeadPhantom:
        return make_head(9, HeadSpec(64, 12, is_positive=False, mimics=mimics, noise_hu=0.0))

    with_it, without = of(mimic), of()
    change = with_it.hu.astype(int) - without.hu
    assert (change.max() > 8) if brighter else (change.min() < -8)
    assert with_it.truth.mimics == (mimic.value,)
    assert not np.array(with_it.truth.labels).any()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"matrix": 32}, "matrix must lie between 64 and 1024"),
        ({"n_slices": 2}, "n_slices must lie between 4 and 200"),
        ({"noise_hu": 99.0}, "noise_hu must lie between 0 and 30"),
        ({"is_positive": False, "bleeds": (BleedKind.SUBDURAL,)}, "no bleeds"),
    ],
)
def test_impossible_heads_are_refused(wrong: dict[str, object], reason: str) -> None:
    with pytest.raises(PhantomError, match=reason):
        HeadSpec(**wrong)
