"""The window presets on the number keys, from ``resources/windows.json``."""

import json
from dataclasses import dataclass
from typing import Any

from pe_models import places
from pe_models.imaging.window import Window


@dataclass(frozen=True, slots=True)
class WindowPreset:
    """A named window; the first preset is on key 1."""

    name: str
    window: Window

    @property
    def text(self) -> str:
        """Name, width and centre as menus show them: ``PE  W 700 L 100``."""
        return f"{self.name}  W {self.window.width_hu:.0f} L {self.window.centre_hu:.0f}"


def load_window_presets() -> tuple[WindowPreset, ...]:
    """The shipped presets in the order of their keys."""
    text = (places.resources() / "windows.json").read_text(encoding="utf-8")
    return tuple(_preset(entry) for entry in json.loads(text)["presets"])


def _preset(entry: dict[str, Any]) -> WindowPreset:
    return WindowPreset(entry["name"], Window(entry["width_hu"], entry["centre_hu"]))
