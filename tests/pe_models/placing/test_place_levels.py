"""A rule for levels: widths as drawn, numbers that tell places apart, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from pe_models.findings import ArteryLevel
from pe_models.placing.levels import N_NUMBERS, LevelRule, numbers_of, width_mm


def vessel_of(radius: int) -> dict[tuple[int, int, int], float]:
    """A disc of cells of 1.5 mm about cell (2, 20, 30)."""
    reach = range(-radius, radius + 1)
    return {
        (2, 20 + row, 30 + col): 4.0
        for row in reach
        for col in reach
        if row**2 + col**2 <= radius**2 + 1
    }


@pytest.mark.parametrize("radius", [1, 3, 5])
def test_a_disc_is_as_wide_as_it_is_drawn(radius: int, make_maps) -> None:  # type: ignore[no-untyped-def]
    found = width_mm(make_maps(vessel_of(radius)), (2, 20, 30))
    assert found == pytest.approx((2 * radius + 1) * 1.5, abs=2.0)


def test_a_place_at_the_wall_has_the_width_of_its_vessel(make_maps) -> None:  # type: ignore[no-untyped-def]
    maps = make_maps(vessel_of(4))
    assert width_mm(maps, (2, 20, 34)) == width_mm(maps, (2, 20, 30))


def test_a_vessel_that_the_maps_cut_ends_there(make_maps) -> None:  # type: ignore[no-untyped-def]
    cut = {(2, row, col): 4.0 for row in range(3) for col in range(20, 40)}
    assert width_mm(make_maps(cut), (2, 1, 30)) == pytest.approx(4.5, abs=1.6)


def test_where_no_vessel_is_the_width_is_that_of_a_cell(make_maps) -> None:  # type: ignore[no-untyped-def]
    assert width_mm(make_maps({}), (2, 20, 30)) == 1.5


def test_the_widest_artery_is_central_by_this_rule(
    make_maps,  # type: ignore[no-untyped-def]
    wide_is_central: LevelRule,
) -> None:
    maps = [make_maps(vessel_of(radius)) for radius in (1, 6)]
    told = [wide_is_central.level_of(numbers_of(m, (2, 20, 30))) for m in maps]
    assert told == [ArteryLevel.SEGMENTAL, ArteryLevel.CENTRAL]


def test_places_mirrored_at_the_fork_differ_in_the_side_alone(make_maps) -> None:  # type: ignore[no-untyped-def]
    """The fork lies 12 mm left of the carina: at col 29.5 + 12 / 1.5."""
    maps = make_maps({})
    right, left = numbers_of(maps, (3, 20, 30)), numbers_of(maps, (3, 20, 45))
    differ = ~np.isclose(right, left, atol=0.05)
    assert np.flatnonzero(differ).tolist() == [17, 18, 19, 20]


def test_scores_of_levels_sum_to_one(wide_is_central: LevelRule) -> None:
    shares = wide_is_central.scores(np.full(N_NUMBERS, 300.0))
    assert shares.sum() == pytest.approx(1.0)


def test_there_are_as_many_numbers_as_are_said(make_maps) -> None:  # type: ignore[no-untyped-def]
    numbers = numbers_of(make_maps(vessel_of(2)), (2, 20, 30))
    assert numbers.shape == (N_NUMBERS,)
    assert np.isfinite(numbers).all()


def test_discs_tell_how_much_around_is_vessel(make_maps) -> None:  # type: ignore[no-untyped-def]
    """A vessel 7 mm wide on its own fills the least disc, and ever less of the wider ones."""
    shares = numbers_of(make_maps(vessel_of(3)), (2, 20, 30))[2:6]
    assert shares[0] == 1.0
    assert (np.diff(shares) < 0).all()
    at_edge = numbers_of(make_maps({(2, 0, 0): 4.0}), (2, 0, 0))[2:6]
    assert (at_edge > 0).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"mean": (0.0,)},
        {"scale": (0.0,) * N_NUMBERS},
        {"weights": ((0.0,) * (N_NUMBERS + 1),) * 3},
        {"weights": ((float("nan"),) * (N_NUMBERS + 1),) * 4},
    ],
)
def test_a_rule_that_does_not_fit_together_is_refused(
    changes: dict[str, tuple[float, ...]], wide_is_central: LevelRule
) -> None:
    with pytest.raises(ValueError, match="rule for levels"):
        replace(wide_is_central, **changes)  # type: ignore[arg-type]
