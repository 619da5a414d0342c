"""Settings survive a restart; a damaged file costs only what it lacks."""

import errno
import json
import stat
from dataclasses import fields
from pathlib import Path
from typing import NoReturn

import pytest

from pe_models.errors import InputError
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


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00"])
def test_a_damaged_file_is_named_and_set_aside(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    problem = SettingsFile(path).problem
    assert problem == "settings.json is damaged and was kept as settings.damaged: defaults are used"
    assert (tmp_path / "settings.damaged").read_text() == text
    assert SettingsFile(path).problem == "", "the next start is a fresh one"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("device", "tpu"),
        ("device", None),
        ("overlay_opacity", 1.5),
        ("overlay_opacity", "0.5"),
        ("overlay_least", True),
        ("report_language", "fr"),
        ("report_formats", "pdf"),
        ("keys", [["next_flag", "N"]]),
        ("keys", [["next_flag"]]),
        ("presets", [["PE", "700", 100]]),
        ("export_folder", 3),
        ("recent", [None]),
    ],
)
def test_a_value_that_is_none_is_named_and_the_rest_is_kept(
    tmp_path: Path, name: str, value: object
) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({name: value, "shows_browser": False}))
    file = SettingsFile(path)
    assert file.settings == Settings(shows_browser=False)
    assert file.problem == f"settings.json: defaults are used for {name}"


def test_every_setting_survives_a_restart(tmp_path: Path) -> None:
    """Each field has another value than its default, so that none can be forgotten."""
    kept = Settings(
        analyze_on_open=True,
        second_reader=True,
        shows_browser=False,
        shows_findings=False,
        shows_corner_text=False,
        bundle="own",
        device="cpu",
        recent=(tmp_path,),
        presets=(("PE", 650.0, 90.0),),
        key_scheme="ohif",
        keys=(("next_flag", ("J", "Ctrl+J")), ("fit", ())),
        mouse_buttons=("PAN", "MENU"),
        overlay_method="grad-cam",
        overlay_opacity=0.25,
        overlay_least=0.5,
        reader_name="Dr. Müller",
        report_language="de",
        report_formats=("pdf", "json"),
        export_folder=tmp_path / "reports",
        restores_session=True,
        verifying_organization="St. Ida",
    )
    unchanged = [f.name for f in fields(kept) if getattr(kept, f.name) == f.default]
    assert unchanged == []
    SettingsFile(tmp_path / "settings.json").save(kept)
    assert SettingsFile(tmp_path / "settings.json").settings == kept


def test_a_setting_that_is_none_is_refused(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "settings.json")
    with pytest.raises(InputError, match="auto, cpu, cuda"):
        file.change(device="tpu")
    assert file.settings == Settings()


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
    assert "they hold until you leave" in settings.problem


def test_the_recent_list_keeps_the_newest_first_once_and_looks_at_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_answer(path: Path) -> NoReturn:
        raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")

    monkeypatch.setattr(Path, "stat", no_answer)
    folders = [tmp_path / str(number) for number in range(MAX_RECENT + 3)]
    settings = Settings()
    for folder in [*folders, folders[5], folders[5]]:
        settings = settings.with_recent(folder)
    newest = folders[:5:-1]
    assert settings.recent == (folders[5], *newest, *folders[4:2:-1])[:MAX_RECENT]
