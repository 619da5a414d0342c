"""How things are drawn: window, zoom and pan, overlay, panels."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pe_models.imaging.window import Window
from pe_viewer.controller.navigation import held_back, not_analysed
from pe_viewer.display.looks import OverlaySettings, Tool, ViewTransform
from pe_viewer.display.presets import WindowPreset, kept_presets
from pe_viewer.display.texts import TOOL_TEXTS
from pe_viewer.settings import SettingsFile
from pe_viewer.state import ReviewState

_PEEK_S: Final = 0.35
"""A key held for longer shows something for as long as it is held."""


class Appearance:
    """Answers requests for another look; panels are remembered in the settings."""

    def __init__(
        self, state: ReviewState, settings: SettingsFile, presets: Sequence[WindowPreset]
    ) -> None:
        self._state = state
        self._settings = settings
        self._shipped = tuple(presets)
        self._pressed_s: float | None = None
        state.update(presets=kept_presets(settings.settings.presets, self._shipped))

    def set_window(self, window: Window) -> None:
        self._state.update(window=window)

    def use_window_preset(self, number: int) -> None:
        """``number`` counts from 1, as the keys do."""
        presets = self._state.snapshot.presets
        if 1 <= number <= len(presets):
            preset = presets[number - 1]
            self._state.update(window=preset.window, notice=preset.text)

    def set_presets(self, presets: Sequence[WindowPreset]) -> None:
        """Other presets on the number keys; remembered, but where they are the shipped ones."""
        chosen = tuple(presets)
        rows = tuple((p.name, p.window.width_hu, p.window.centre_hu) for p in chosen)
        self._settings.change(presets=() if chosen == self._shipped else rows)
        self._state.update(presets=chosen)

    def use_tool(self, name: str) -> None:
        """What a drag with the left button does from now on; ``name`` is a Tool's."""
        tool = Tool[name]
        self._state.update(tool=tool, notice=TOOL_TEXTS[tool])

    def toggle_paint_count(self) -> None:
        self._state.update(shows_paint_count=not self._state.snapshot.shows_paint_count)

    def toggle_inverted(self) -> None:
        self._state.update(is_inverted=not self._state.snapshot.is_inverted)

    def set_view(self, view: ViewTransform) -> None:
        self._state.update(view=view)

    def fit_view(self) -> None:
        self._state.update(view=self._state.snapshot.view.fitted(), plane_views={})

    def turn(self) -> None:
        """A quarter turn clockwise."""
        self._state.update(view=self._state.snapshot.view.turned())

    def turn_left(self) -> None:
        """A quarter turn counter-clockwise."""
        self._state.update(view=self._state.snapshot.view.turned().turned().turned())

    def mirror(self) -> None:
        """Left for right, as it lies on screen."""
        self._state.update(view=self._state.snapshot.view.mirrored())

    def reset_turn(self) -> None:
        """Back to the reading position; zoom and pan stay."""
        view = self._state.snapshot.view
        self._state.update(view=replace(view, quarter_turns=0, is_mirrored=False))

    def reset_view(self) -> None:
        """The whole slice, in the reading position, through the first preset, not inverted."""
        presets = self._state.snapshot.presets
        window = presets[0].window if presets else self._state.snapshot.window
        self._state.update(view=ViewTransform(), plane_views={}, window=window, is_inverted=False)

    def toggle_smooth(self) -> None:
        """Interpolated, or stored pixels as they are."""
        self._state.update(is_smooth=not self._state.snapshot.is_smooth)

    def set_overlay(self, overlay: OverlaySettings) -> None:
        self._state.update(overlay=overlay)

    def toggle_overlay(self) -> None:
        """Without Findings there is nothing to show, and that is said."""
        snapshot = self._state.snapshot
        if snapshot.findings is None and not snapshot.overlay.is_visible:
            if snapshot.series is not None:
                words = held_back if snapshot.withholds_model else not_analysed
                self._state.update(notice=words(snapshot))
            return
        self._pressed_s = time.monotonic()
        is_visible = not snapshot.overlay.is_visible
        self._state.update(overlay=replace(snapshot.overlay, is_visible=is_visible), notice="")

    def release_overlay(self) -> None:
        """The overlay's key was let go: held for long, it was only a peek."""
        pressed_s, self._pressed_s = self._pressed_s, None
        if pressed_s is not None and time.monotonic() - pressed_s >= _PEEK_S:
            self.toggle_overlay()
            self._pressed_s = None

    def toggle_browser(self) -> None:
        self._toggle_panel("shows_browser")

    def set_narrow(self, is_narrow: bool) -> None:
        """Closes the study browser in a narrow window, and shows it as chosen in a wide one."""
        chosen = self._settings.settings.shows_browser
        self._state.update(shows_browser=chosen and not is_narrow)

    def toggle_findings(self) -> None:
        self._toggle_panel("shows_findings")

    def toggle_corner_text(self) -> None:
        self._toggle_panel("shows_corner_text")

    def toggle_identity(self) -> None:
        """Hides who the patient is everywhere in the window, or shows it again."""
        hides = not self._state.snapshot.hides_identity
        words = "Identity hidden; reports and exports still name the patient" if hides else ""
        self._state.update(hides_identity=hides, notice=words)

    def _toggle_panel(self, field: str) -> None:
        is_shown = not getattr(self._state.snapshot, field)
        self._state.update(**{field: is_shown})
        self._settings.change(**{field: is_shown})
