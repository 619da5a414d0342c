"""What the reader keeps on the preferences sheet: into the settings, and into force at once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pe_models.errors import InputError
from pe_viewer.controller.analysing import Analysing
from pe_viewer.controller.second_reader import SecondReader
from pe_viewer.settings import Settings, SettingsFile
from pe_viewer.state import ReviewState

_MODEL_FIELDS: Final = ("bundle", "device")


class Preferences:
    """Everything but the second reader, whose own rules say when it may change, is set at once."""

    def __init__(
        self,
        state: ReviewState,
        settings: SettingsFile,
        second_reader: SecondReader,
        analysing: Analysing,
    ) -> None:
        self._state = state
        self._settings = settings
        self._second_reader = second_reader
        self._analysing = analysing
        self._show_overlay()
        if settings.problem:
            state.update(notice=settings.problem)

    @property
    def settings(self) -> Settings:
        return self._settings.settings

    def keep(self, changes: Mapping[str, Any]) -> None:
        """Settings by their names. What cannot be kept is told in the notice, and nothing is."""
        before, now = self.settings, dict(changes)
        is_second = now.pop("second_reader", before.second_reader)
        try:
            self._settings.change(**now)
        except InputError as error:
            self._state.update(notice=f"Preferences were not kept: {error}")
            return
        self._state.update(notice=self._settings.problem or "Preferences kept")
        if self._overlay_differs(before):
            self._show_overlay()
        if any(getattr(before, name) != getattr(self.settings, name) for name in _MODEL_FIELDS):
            self._analysing.use_model(bundle=self.settings.bundle, device=self.settings.device)
        if is_second != self._state.snapshot.is_second_reader:
            self._second_reader.toggle()

    def _overlay_differs(self, before: Settings) -> bool:
        names = ("overlay_method", "overlay_opacity", "overlay_least")
        return any(getattr(before, name) != getattr(self.settings, name) for name in names)

    def _show_overlay(self) -> None:
        overlay = replace(
            self._state.snapshot.overlay,
            method=self.settings.overlay_method,
            opacity=self.settings.overlay_opacity,
            least_share=self.settings.overlay_least,
        )
        self._state.update(overlay=overlay)
