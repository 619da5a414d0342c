"""What the mouse does, in words, for the sheet of keys."""

from collections.abc import Mapping
from typing import Final

from pe_viewer.display.looks import ButtonUse, MouseScheme

BUTTON_TEXTS: Final[Mapping[ButtonUse, str]] = {
    ButtonUse.WINDOW: "Window",
    ButtonUse.SCROLL: "Scroll",
    ButtonUse.PAN: "Pan",
    ButtonUse.ZOOM: "Zoom",
    ButtonUse.MENU: "Menu",
}


def mouse_rows(mouse: MouseScheme) -> tuple[tuple[str, str], ...]:
    """Pairs of a gesture and what it does."""
    return (
        ("Wheel", "Next or previous slice"),
        ("Ctrl+Wheel", "Zoom"),
        ("Left drag", "Window, or what the tool is for"),
        (_gesture("Middle", mouse.middle), BUTTON_TEXTS[mouse.middle]),
        (_gesture("Right", mouse.right), BUTTON_TEXTS[mouse.right]),
        ("Double click", "Fit to view"),
        ("Click on the track", "Go to a slice"),
        ("Drag the track's line", "Threshold"),
        ("Click, or Shift+drag", "Put the crosshair"),
        ("Drag on its line", "Move the crosshair"),
    )


def _gesture(button: str, use: ButtonUse) -> str:
    return f"{button} click" if use is ButtonUse.MENU else f"{button} drag"
