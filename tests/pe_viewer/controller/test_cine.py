"""Slices that run by themselves: every one of them, to and fro, until the reader takes over."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pe_viewer.display.looks import CineSettings
from pe_viewer.state import Activity, Phase

if TYPE_CHECKING:
    from pe_viewer.state import ReviewSnapshot
    from tests.pe_viewer.conftest import Bench


def test_every_slice_comes_and_it_turns_at_both_ends(opened: "Bench") -> None:
    seen: list[int] = []
    opened.controller.navigation.go_to(2)
    opened.state.update(cine=CineSettings(rate_hz=60))
    opened.state.changed.connect(lambda old, new: seen.append(new.slice_index))
    opened.controller.cine.toggle()
    opened.wait(lambda s: len(seen) > 30)
    opened.controller.cine.toggle()
    moves = [k for k, before in zip(seen[1:], seen, strict=False) if k != before]
    assert [2, *moves][:16] == [2, 1, 0, *range(1, 12), 10, 9]


def test_at_20_a_second_a_slice_stands_for_50_ms(opened: "Bench") -> None:
    shown_at: list[float] = []

    def on_changed(old: "ReviewSnapshot", new: "ReviewSnapshot") -> None:
        if new.slice_index != old.slice_index:
            shown_at.append(time.monotonic())

    opened.state.changed.connect(on_changed)
    opened.state.update(cine=CineSettings(rate_hz=20))
    started = time.monotonic()
    opened.controller.cine.toggle()
    opened.wait(lambda s: len(shown_at) > 10)
    opened.controller.cine.toggle()
    assert (shown_at[10] - started) / 11 >= 0.048


def test_a_slice_that_the_reader_asks_for_ends_it(opened: "Bench") -> None:
    opened.controller.cine.toggle()
    assert opened.state.snapshot.cine.is_playing
    opened.controller.navigation.go_to(9)
    assert not opened.state.snapshot.cine.is_playing
    assert opened.state.snapshot.slice_index == 9


def test_it_goes_on_when_the_last_slice_has_come(opened: "Bench") -> None:
    series = opened.state.snapshot.series
    assert series is not None
    opened.controller.cine.toggle()
    opened.state.update(series=replace(series, warnings=()), loading=Activity(Phase.DONE))
    assert opened.state.snapshot.cine.is_playing
    opened.controller.cine.stop()


def test_another_series_is_not_run_through(opened: "Bench") -> None:
    opened.controller.cine.toggle()
    opened.controller.opening.close_study()
    assert not opened.state.snapshot.cine.is_playing
    opened.controller.cine.toggle()
    assert not opened.state.snapshot.cine.is_playing, "nothing is open"


def test_the_rate_stays_between_2_and_60(opened: "Bench") -> None:
    for _ in range(20):
        opened.controller.cine.faster()
    assert opened.state.snapshot.cine.rate_hz == 60
    for _ in range(20):
        opened.controller.cine.slower()
    assert opened.state.snapshot.cine.rate_hz == 2
    assert opened.state.snapshot.notice == "Cine: 2 slices a second"
    with pytest.raises(ValueError, match="2 to 60"):
        CineSettings(rate_hz=61)
