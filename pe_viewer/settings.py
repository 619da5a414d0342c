"""What the reading room remembers from one day to the next: one small JSON file of the user's."""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

logger = logging.getLogger(__name__)

MAX_RECENT: Final = 8


@dataclass(frozen=True, slots=True)
class Settings:
    """Preferences and the window's last look.

    ``bundle`` None is the shipped one; ``presets`` (name, width, centre in HU) are () while they
    are the shipped ones.
    """

    analyze_on_open: bool = False
    second_reader: bool = False
    shows_browser: bool = True
    shows_findings: bool = True
    shows_corner_text: bool = True
    bundle: str | None = None
    device: str = "auto"
    recent: tuple[Path, ...] = ()
    presets: tuple[tuple[str, float, float], ...] = ()

    def with_recent(self, path: Path) -> "Settings":
        """These settings with ``path`` as the most recent; paths that have gone are dropped."""
        others = (p for p in self.recent if p != path and p.exists())
        return replace(self, recent=(path, *others)[:MAX_RECENT])


class SettingsFile:
    """Settings on disk, mode 0600: the recent folders may bear patients' names.

    A file that is missing, damaged or from another version gives the defaults for what it lacks.
    """

    def __init__(self, path: Path | None) -> None:
        """``path`` None keeps the settings in memory alone."""
        self._path = path
        self._settings = Settings() if path is None else _read(path)

    @property
    def settings(self) -> Settings:
        return self._settings

    def change(self, **changes: Any) -> None:
        """Replaces settings and writes the file, where something differs."""
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
            logger.warning("settings could not be written: %s", type(error).__name__)


def _read(path: Path) -> Settings:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    return _settings_of(record) if isinstance(record, dict) else Settings()


def _settings_of(record: Mapping[str, Any]) -> Settings:
    defaults = Settings()
    kept = {
        field.name: record[field.name]
        for field in fields(Settings)
        if field.name not in _SPECIAL and type(record.get(field.name)) is field.type
    }
    bundle = record.get("bundle")
    recent = record.get("recent")
    return replace(
        defaults,
        **kept,
        bundle=bundle if isinstance(bundle, str) else None,
        recent=tuple(Path(p) for p in recent if isinstance(p, str))[:MAX_RECENT]
        if isinstance(recent, list)
        else (),
        presets=_presets_of(record.get("presets")),
    )


def _presets_of(rows: object) -> tuple[tuple[str, float, float], ...]:
    """Rows of a name and two numbers; nothing where any is something else."""
    if not isinstance(rows, list):
        return ()
    kept = []
    for row in rows:
        match row:
            case [str(name), float() | int() as width, float() | int() as centre]:
                kept.append((name, float(width), float(centre)))
            case _:
                return ()
    return tuple(kept)


_SPECIAL: Final = frozenset({"bundle", "recent", "presets"})


def _write(path: Path, settings: Settings) -> None:
    record = {field.name: getattr(settings, field.name) for field in fields(Settings)}
    record["recent"] = [str(p) for p in settings.recent]
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(record, stream, indent=1)
    temporary.replace(path)
