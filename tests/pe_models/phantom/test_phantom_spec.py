"""What may be asked of a phantom."""

import pytest

from pe_models.phantom.spec import LIMITS, Level, PhantomError, PhantomSpec


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


def test_a_negative_phantom_with_emboli_is_refused() -> None:
    with pytest.raises(PhantomError, match="negative phantom has no emboli"):
        PhantomSpec(is_positive=False, levels=(Level.LOBAR,))


def test_emboli_beyond_subsegmental_are_refused() -> None:
    with pytest.raises(PhantomError, match="central, lobar, segmental, subsegmental"):
        PhantomSpec(levels=(Level.PERIPHERAL,))
