"""Which of Qt's platforms is used. Before the first import of Qt's widgets."""

import os
import sys
from typing import Final

_NEEDS_NO_DISPLAY: Final = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")

_IN_THE_WAY: Final = (
    "QT_PLUGIN_PATH",
    "QT_QPA_PLATFORM_PLUGIN_PATH",
    "QT_QPA_PLATFORMTHEME",
    "QT_STYLE_OVERRIDE",
    "QT_SCALE_FACTOR",
    "QT_SCREEN_SCALE_FACTORS",
    "QT_ENABLE_HIGHDPI_SCALING",
    "QT_FONT_DPI",
)
"""Variables that would load other plugins or change the size of a picture."""


def has_display() -> bool:
    """Whether a window can be shown, as far as the environment tells."""
    if os.environ.get("QT_QPA_PLATFORM", "").split(":")[0] in _NEEDS_NO_DISPLAY:
        return True
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def use_no_display() -> None:
    """Chooses Qt's offscreen platform, whatever the environment says."""
    for name in _IN_THE_WAY:
        os.environ.pop(name, None)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
