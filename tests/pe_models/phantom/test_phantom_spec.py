"""What may be asked of a phantom."""

import pytest

from pe_models.phantom.spec import LIMITS, Level, Mimic, PhantomError, PhantomSpec


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_a_number_outside_its_limits_is_refused_with_the_allowed_range(name: str) -> None:
    least, greatest = LIMITS[name]
    for value in (least - 0.5, greatest + 0.5, float("nan")):
        with pytest.raises(PhantomError, match=f"{name} .*between {least:g} and {greatest:g}"):
            PhantomSpec(**{name: value})


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_the_limits_themselves_are_allowed(name: str) -> None:
    least, greatest = LIMITS[name]
    for value in (least, greatest):
        kind = int if name in ("matrix", "n_slices") else float
        assert getattr(PhantomSpec(**{name: kind(value)}), name) == value


@pytest.mark.parametrize("name", ["matrix", "n_slices"])
def test_half_a_voxel_is_refused(name: str) -> None:
    with pytest.raises(PhantomError, match=f"{name} is a whole number; 100.5"):
        PhantomSpec(**{name: 100.5})


def test_a_phantom_longer_than_a_body_is_refused_with_its_length() -> None:
    with pytest.raises(PhantomError, match="at most 1000 mm long; 300 slices every 4 mm are 1200"):
        PhantomSpec(n_slices=300, slice_spacing_mm=4.0)


def test_kernels_and_mimics_that_no_one_knows_are_refused_with_those_there_are() -> None:
    with pytest.raises(PhantomError, match="Kernels are: soft, sharp; lung was"):
        PhantomSpec(kernel="lung")  # type: ignore[arg-type]
    with pytest.raises(PhantomError, match=r"Mimics are: flow_artifact, .*; fog was"):
        PhantomSpec(mimics=(Mimic.MUCUS, "fog"))  # type: ignore[arg-type]


def test_a_negative_phantom_with_emboli_is_refused() -> None:
    with pytest.raises(PhantomError, match="negative phantom has no emboli"):
        PhantomSpec(is_positive=False, levels=(Level.LOBAR,))


def test_emboli_beyond_subsegmental_are_refused() -> None:
    with pytest.raises(PhantomError, match="central, lobar, segmental, subsegmental"):
        PhantomSpec(levels=(Level.PERIPHERAL,))
