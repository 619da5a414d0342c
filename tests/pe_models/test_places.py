"""Where things lie: resources come with the program, what is the user's lies below PE_HOME."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pe_models import places


@pytest.mark.parametrize(
    "place", [places.user_data, places.user_cache, places.user_logs, places.user_bundles]
)
def test_what_is_the_users_lies_below_their_home_and_exists(
    place: Callable[[], Path], home: Path
) -> None:
    assert place().is_dir()
    assert home in place().parents
    assert home in places.settings_file().parents


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such modes")
def test_folders_of_the_user_are_closed_to_others() -> None:
    for place in (places.user_data(), places.user_cache(), places.user_logs()):
        assert place.stat().st_mode & 0o077 == 0


def test_without_a_home_of_its_own_the_system_names_the_places(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("XDG_")]:
        monkeypatch.delenv(name)
    assert tmp_path in places.user_data().parents
    assert places.user_data().name == places.APP_NAME


def test_the_shipped_resources_are_found() -> None:
    assert (places.resources() / "windows.json").is_file()
    assert places.shipped_bundles().parent == places.resources()
