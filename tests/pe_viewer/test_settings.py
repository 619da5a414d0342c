"""Settings survive a restart; a damaged file costs only what it lacks."""

import json
import stat
from pathlib import Path

import pytest

from pe_viewer.settings import MAX_RECENT, Settings, SettingsFile


def test_what_was_changed_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    SettingsFile(path).change(analyze_on_open=True, bundle="pe-own", recent=(tmp_path,))
    assert SettingsFile(path).settings == Settings(
        analyze_on_open=True, bundle="pe-own", recent=(tmp_path,)
    )


def test_only_the_user_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    SettingsFile(path).change(analyze_on_open=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"recent": 3, "bundle": []}', "\x00"])
def test_a_damaged_file_gives_the_defaults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    assert SettingsFile(path).settings == Settings()


def test_a_value_of_the_wrong_type_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"analyze_on_open": "yes", "shows_browser": False, "new": 1}))
    assert SettingsFile(path).settings == Settings(shows_browser=False)


def test_without_a_path_nothing_is_written(tmp_path: Path) -> None:
    settings = SettingsFile(None)
    settings.change(analyze_on_open=True)
    assert settings.settings.analyze_on_open
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_keeps_the_setting_for_now(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = SettingsFile(tmp_path / "file" / "settings.json")
    settings.change(analyze_on_open=True)
    assert settings.settings.analyze_on_open


def test_the_recent_list_keeps_the_newest_first_once_and_drops_what_has_gone(
    tmp_path: Path,
) -> None:
    folders = [tmp_path / str(number) for number in range(MAX_RECENT + 3)]
    settings = Settings()
    for folder in folders:
        folder.mkdir()
        settings = settings.with_recent(folder)
    settings = settings.with_recent(folders[5])
    folders[9].rmdir()
    settings = settings.with_recent(folders[5])
    assert settings.recent[:2] == (folders[5], folders[10])
    assert folders[9] not in settings.recent
    assert len(settings.recent) == MAX_RECENT - 1
