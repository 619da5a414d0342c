"""The window presets on the number keys, from ``resources/windows.json``."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pe_models import places
from pe_models.imaging.window import MIN_WIDTH_HU, PE_WINDOW, Window
from pe_models.tasks.hemorrhage import BRAIN

_HEADS: Final = frozenset({"HEAD", "BRAIN", "SKULL"})


@dataclass(frozen=True, slots=True)
class WindowPreset:
    """A named window; the first preset is on key 1."""

    name: str
    window: Window

    @property
    def text(self) -> str:
        """Name, width and centre as menus show them: ``PE  W 700 L 100``."""
        return f"{self.name}  W {self.window.width_hu:.0f} L {self.window.centre_hu:.0f}"


def opening_window(body_part: str) -> Window:
    """What a CT is first shown in. Body parts are often wrong, and a wrong one does no harm here.

    ``body_part`` is BodyPartExamined (PS3.16 Annex L).
    """
    return BRAIN if body_part.upper() in _HEADS else PE_WINDOW


def load_window_presets() -> tuple[WindowPreset, ...]:
    """The shipped presets in the order of their keys."""
    text = (places.resources() / "windows.json").read_text(encoding="utf-8")
    return tuple(_preset(entry) for entry in json.loads(text)["presets"])


def kept_presets(
    rows: Sequence[tuple[str, float, float]], shipped: tuple[WindowPreset, ...]
) -> tuple[WindowPreset, ...]:
    """The presets that a reader kept (name, width, centre), each shipped one where none was kept.

    A row that is no window, as in a file that was edited by hand, leaves the shipped one.
    """
    presets = list(shipped)
    for number, (name, width_hu, centre_hu) in enumerate(rows[: len(shipped)]):
        if name and width_hu >= MIN_WIDTH_HU:
            presets[number] = WindowPreset(name, Window(width_hu, centre_hu))
    return tuple(presets)


def _preset(entry: dict[str, Any]) -> WindowPreset:
    return WindowPreset(entry["name"], Window(entry["width_hu"], entry["centre_hu"]))
