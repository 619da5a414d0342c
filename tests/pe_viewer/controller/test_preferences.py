"""What is kept on the preferences sheet is in force at once."""

from pathlib import Path
from typing import TYPE_CHECKING

from pe_viewer.settings import SettingsFile

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt


def test_preferences_are_written_and_said_to_be_kept(bench: "Bench", home: Path) -> None:
    bench.controller.preferences.keep({"reader_name": "Dr. Roe", "report_language": "de"})
    kept = SettingsFile(home / "settings.json").settings
    assert (kept.reader_name, kept.report_language) == ("Dr. Roe", "de")
    assert bench.state.snapshot.notice == "Preferences kept"


def test_the_overlay_follows_at_once_and_stays_as_visible_as_it_was(bench: "Bench") -> None:
    changes = {"overlay_method": "grad-cam", "overlay_opacity": 0.3, "overlay_least": 0.5}
    bench.controller.preferences.keep(changes)
    overlay = bench.state.snapshot.overlay
    assert (overlay.method, overlay.opacity, overlay.least_share) == ("grad-cam", 0.3, 0.5)
    assert not overlay.is_visible


def test_another_bundle_or_device_changes_the_worker_and_nothing_else_does(
    bench: "Bench",
) -> None:
    bench.controller.preferences.keep({"reader_name": "Dr. Roe"})
    assert bench.worker.model == (None, "auto")
    bench.controller.preferences.keep({"bundle": "mine", "device": "cpu"})
    bench.wait(lambda s: s.model.is_ready)
    assert bench.worker.model == ("mine", "cpu")


def test_a_bundle_that_cannot_be_loaded_is_told_where_the_model_stands(bench: "Bench") -> None:
    bench.worker.failure = "There is no model bundle 'gone'."
    bench.controller.preferences.keep({"bundle": "gone"})
    bench.wait(lambda s: bool(s.model.message))
    assert bench.state.snapshot.model.message == "There is no model bundle 'gone'."


def test_what_is_no_setting_keeps_nothing_and_says_why(bench: "Bench") -> None:
    before = bench.settings.settings
    bench.controller.preferences.keep({"reader_name": "Dr. Roe", "device": "tpu"})
    assert bench.settings.settings == before
    assert "device is one of auto, cpu, cuda" in bench.state.snapshot.notice


def test_the_reading_mode_follows_its_own_rules(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    """An open first read has to be locked before the mode can change back."""
    bench.controller.preferences.keep({"second_reader": True})
    assert bench.state.snapshot.is_second_reader
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.controller.preferences.keep({"second_reader": False, "reader_name": "Dr. Roe"})
    assert bench.settings.settings.second_reader
    assert bench.settings.settings.reader_name == "Dr. Roe"
    assert bench.state.snapshot.notice == "Lock your first read before (Ctrl+L)"


def test_a_file_that_cannot_be_written_is_said(bench: "Bench", home: Path) -> None:
    (home / "settings.new").mkdir()
    bench.controller.preferences.keep({"reader_name": "Dr. Roe"})
    assert "they hold until you leave" in bench.state.snapshot.notice
    assert bench.settings.settings.reader_name == "Dr. Roe"
