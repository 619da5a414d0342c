"""Windows, overlay and panels."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pe_models.imaging.window import Window
from pe_viewer.display.looks import ViewTransform
from pe_viewer.display.presets import WindowPreset, kept_presets
from pe_viewer.settings import Settings, SettingsFile

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt


def test_number_keys_use_the_presets_and_name_them(bench: "Bench") -> None:
    bench.controller.appearance.use_window_preset(2)
    assert bench.state.snapshot.window == Window(1500, -600)
    assert bench.state.snapshot.notice == "Lung  W 1500 L -600"
    bench.controller.appearance.use_window_preset(1)
    assert bench.state.snapshot.window == Window(700, 100)


def test_a_preset_that_does_not_exist_changes_nothing(bench: "Bench") -> None:
    before = bench.state.snapshot
    bench.controller.appearance.use_window_preset(9)
    assert bench.state.snapshot is before


def test_the_overlay_is_off_at_first_and_needs_an_analysis(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.controller.appearance.toggle_overlay()
    assert not bench.state.snapshot.overlay.is_visible
    assert "Ctrl+R" in bench.state.snapshot.notice
    bench.analyze()
    assert not bench.state.snapshot.overlay.is_visible
    bench.controller.appearance.toggle_overlay()
    assert bench.state.snapshot.overlay.is_visible
    bench.controller.appearance.toggle_overlay()
    assert not bench.state.snapshot.overlay.is_visible


def test_fit_takes_zoom_and_pan_back(bench: "Bench") -> None:
    bench.controller.appearance.set_view(ViewTransform(3.0, (5.0, 7.0)))
    bench.controller.appearance.fit_view()
    assert bench.state.snapshot.view == ViewTransform()


@pytest.mark.parametrize("panel", ["browser", "findings", "corner_text"])
def test_panels_are_remembered(bench: "Bench", home: Path, panel: str) -> None:
    getattr(bench.controller.appearance, f"toggle_{panel}")()
    assert not getattr(bench.state.snapshot, f"shows_{panel}")
    assert not getattr(SettingsFile(home / "settings.json").settings, f"shows_{panel}")


def test_a_narrow_window_closes_the_browser_without_forgetting_the_choice(bench: "Bench") -> None:
    bench.controller.appearance.set_narrow(True)
    assert not bench.state.snapshot.shows_browser
    assert bench.settings.settings == Settings()
    bench.controller.appearance.set_narrow(False)
    assert bench.state.snapshot.shows_browser


def test_inverting_twice_changes_nothing(bench: "Bench") -> None:
    bench.controller.appearance.toggle_inverted()
    assert bench.state.snapshot.is_inverted
    bench.controller.appearance.toggle_inverted()
    assert not bench.state.snapshot.is_inverted


def test_presets_of_ones_own_are_on_their_keys_and_remembered(bench: "Bench") -> None:
    shipped = bench.state.snapshot.presets
    own = (WindowPreset("Clot", Window(500, 150)), *shipped[1:])
    bench.controller.appearance.set_presets(own)
    bench.controller.appearance.use_window_preset(1)
    assert bench.state.snapshot.window == Window(500, 150)
    assert bench.state.snapshot.notice == "Clot  W 500 L 150"
    kept = kept_presets(bench.settings.settings.presets, shipped)
    assert kept == own
    bench.controller.appearance.set_presets(shipped)
    assert bench.settings.settings.presets == ()


@pytest.mark.parametrize("row", [("", 500.0, 100.0), ("Clot", 0.0, 100.0)])
def test_a_kept_row_that_is_no_window_leaves_the_shipped_one(
    bench: "Bench", row: tuple[str, float, float]
) -> None:
    shipped = bench.state.snapshot.presets
    assert kept_presets((row,), shipped) == shipped
