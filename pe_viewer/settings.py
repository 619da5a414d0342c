"""What the reading room remembers from one day to the next: one small JSON file of the user's."""

import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from pe_models.errors import InputError

logger = logging.getLogger(__name__)

MAX_RECENT: Final = 8
DEVICES: Final = ("auto", "cpu", "cuda")
LANGUAGES: Final = ("en", "de")

KeyRows = tuple[tuple[str, tuple[str, ...]], ...]
PresetRows = tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Preferences and the window's last look. Raises InputError for a value that is none.

    ``bundle`` None is the shipped one; ``presets`` (name, width, centre in HU) are () while they
    are the shipped ones. ``key_scheme`` names the keys and mouse buttons, ``keys`` are what the
    reader changed of it: the id of an action with all its keys; ``mouse_buttons`` are the uses of
    the middle and the right one, () while they are the scheme's. ``overlay_method`` "" is the
    bundle's own; ``overlay_least`` is the share of the method's scale that is not drawn.
    ``report_formats`` () are all; ``export_folder`` None asks each time.
    ``verifying_organization`` is for whom a signature verifies a report; "" verifies nothing.
    """

    analyze_on_open: bool = False
    second_reader: bool = False
    restores_session: bool = False
    shows_browser: bool = True
    shows_findings: bool = True
    shows_corner_text: bool = True
    bundle: str | None = None
    device: str = "auto"
    recent: tuple[Path, ...] = ()
    presets: PresetRows = ()
    key_scheme: str = "own"
    keys: KeyRows = ()
    mouse_buttons: tuple[str, ...] = ()
    overlay_method: str = ""
    overlay_opacity: float = 0.45
    overlay_least: float = 0.0
    reader_name: str = ""
    report_language: str = "en"
    report_formats: tuple[str, ...] = ()
    export_folder: Path | None = None
    verifying_organization: str = ""

    def __post_init__(self) -> None:
        for name, known in (("device", DEVICES), ("report_language", LANGUAGES)):
            if getattr(self, name) not in known:
                raise InputError(f"{name} is one of {', '.join(known)}")
        for name in ("overlay_opacity", "overlay_least"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InputError(f"{name} lies between 0 and 1")

    def with_recent(self, path: Path) -> "Settings":
        """These settings with ``path`` as the most recent.

        The others are not looked for: the folder of a drive that is away comes back with it, and
        to ask a network drive that does not answer takes as long as it likes.
        """
        others = (p for p in self.recent if p != path)
        return replace(self, recent=(path, *others)[:MAX_RECENT])


class SettingsFile:
    """Settings on disk, mode 0600: the recent folders may bear patients' names.

    A file that is missing, damaged or from another version gives the defaults for what it lacks.
    ``problem`` says so; a damaged file is set aside, so that nothing in it is lost.
    """

    def __init__(self, path: Path | None) -> None:
        """``path`` None keeps the settings in memory alone."""
        self._path = path
        self._settings, self._problem = (Settings(), "") if path is None else _read(path)

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def problem(self) -> str:
        """What went wrong with the file when it was read or last written; "" where nothing did."""
        return self._problem

    def change(self, **changes: Any) -> None:
        """Replaces settings and writes the file, where something differs. Raises InputError."""
        self.save(replace(self._settings, **changes))

    def save(self, settings: Settings) -> None:
        if settings == self._settings:
            return
        self._settings = settings
        if self._path is None:
            return
        try:
            _write(self._path, settings)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            logger.warning("settings could not be written: %s", reason)
            self._problem = f"Settings could not be written ({reason}): they hold until you leave"
        else:
            self._problem = ""


def _read(path: Path) -> tuple[Settings, str]:
    """The settings, and what was wrong with the file."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings(), ""
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Settings(), f"{path.name} could not be read ({reason}): defaults are used"
    except ValueError:
        return Settings(), _set_aside(path)
    if not isinstance(record, dict):
        return Settings(), _set_aside(path)
    settings, ignored = _settings_of(record)
    if not ignored:
        return settings, ""
    return settings, f"{path.name}: defaults are used for {', '.join(ignored)}"


def _set_aside(path: Path) -> str:
    aside = path.with_suffix(".damaged")
    try:
        path.replace(aside)
    except OSError:
        return f"{path.name} is damaged: defaults are used"
    return f"{path.name} is damaged and was kept as {aside.name}: defaults are used"


def _settings_of(record: Mapping[str, Any]) -> tuple[Settings, tuple[str, ...]]:
    """The settings with each value that can be used, and the names of those that cannot."""
    settings, ignored = Settings(), []
    for field in fields(Settings):
        if field.name not in record:
            continue
        read = _READERS.get(field.name) or _plain(type(getattr(settings, field.name)))
        try:
            settings = replace(settings, **{field.name: read(record[field.name])})
        except (InputError, TypeError, ValueError):
            ignored.append(field.name)
    return settings, tuple(ignored)


def _plain(kind: type) -> Callable[[Any], Any]:
    """Reads a value of ``kind``; a whole number is a float too, and nothing else is."""

    def read(value: Any) -> Any:
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            raise TypeError
        return value

    return read


def _rows(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _optional_text(value: Any) -> str | None:
    return None if value is None else _text(value)


def _optional_path(value: Any) -> Path | None:
    return None if value is None else Path(_text(value))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, _rows(value)))


def _recent(value: Any) -> tuple[Path, ...]:
    return tuple(map(Path, _texts(value)))[:MAX_RECENT]


def _presets(value: Any) -> PresetRows:
    """Rows of a name and two numbers."""
    kept = []
    for row in _rows(value):
        match row:
            case [str(name), float() | int() as width, float() | int() as centre]:
                kept.append((name, float(width), float(centre)))
            case _:
                raise TypeError
    return tuple(kept)


def _keys(value: Any) -> KeyRows:
    """Rows of an action's id and its keys."""
    return tuple((_text(action_id), _texts(keys)) for action_id, keys in _rows(value))


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "bundle": _optional_text,
    "recent": _recent,
    "presets": _presets,
    "keys": _keys,
    "mouse_buttons": _texts,
    "report_formats": _texts,
    "export_folder": _optional_path,
}
"""Of fields that are more than one plain value."""


def _write(path: Path, settings: Settings) -> None:
    """Whole or not at all: written beside, then put in place."""
    record = {field.name: getattr(settings, field.name) for field in fields(Settings)}
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(record, stream, indent=1, default=str)  # paths as they are written
    temporary.replace(path)
