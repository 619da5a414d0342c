"""How the activation map is drawn: its method, opacity, and the value that it begins at."""

from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QSlider, QVBoxLayout, QWidget, QWidgetAction

from pe_viewer.display.heat import MAX_OPACITY, scale_of
from pe_viewer.display.looks import OverlaySettings
from pe_viewer.display.texts import method_text, value_text
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.bars.menu_button import MenuButton
from pe_viewer.views.keyed_tip import KeyedTip
from pe_viewer.views.style import label

_LEAST_OPACITY: Final = 0.05
_STEPS: Final = 40
"""Of the slider of logits over the method's scale; the last but one still draws something."""


class OverlayButton(MenuButton):
    """Shown where there are maps to draw; its menu holds the sliders."""

    overlay_requested = Signal(object)

    def __init__(self, state: ReviewState) -> None:
        super().__init__("overlay_button")
        self._state = state
        self._methods: tuple[str, ...] = ()
        self._opacity = _slider("Opacity of the overlay")
        self._opacity.setRange(round(100 * _LEAST_OPACITY), round(100 * MAX_OPACITY))
        self._opacity.valueChanged.connect(self._on_opacity_changed)
        self._least = _slider("Value that the overlay begins at")
        self._least.setRange(0, _STEPS - 1)
        self._least.valueChanged.connect(self._on_least_changed)
        self._opacity_text, self._least_text = label("", "small"), label("", "small")
        self._fill(self.menu())
        KeyedTip(self, state, "toggle_overlay", "Method, opacity and threshold of the overlay")
        self.setAccessibleName("Overlay")
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)

    def _fill(self, menu: QMenu) -> None:
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        for widget in (self._opacity_text, self._opacity, self._least_text, self._least):
            column.addWidget(widget)
        sliders = QWidgetAction(menu)
        sliders.setDefaultWidget(form)
        menu.addAction(sliders)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        names = ("overlay", "heatmaps", "findings", "model")
        if any(getattr(old, name) is not getattr(new, name) for name in names):
            self._show(new)

    def _show(self, snapshot: ReviewSnapshot) -> None:
        methods, overlay = snapshot.methods, snapshot.overlay
        self.setVisible(bool(methods))
        if not methods:
            return
        if methods != self._methods:
            self._show_methods(methods)
        method = snapshot.method
        least = scale_of(method).at(overlay.least_share)
        self.setText(method_text(method))
        self._opacity_text.setText(f"Opacity {100 * overlay.opacity:.0f} %")
        self._least_text.setText(f"Drawn from {value_text(method, least)}")
        for slider, value in (
            (self._opacity, 100 * overlay.opacity),
            (self._least, _STEPS * overlay.least_share),
        ):
            slider.blockSignals(True)  # it shows the state, and asks for nothing
            slider.setValue(round(value))
            slider.blockSignals(False)

    def _show_methods(self, methods: tuple[str, ...]) -> None:
        """One entry a method, where there is a choice."""
        self._methods = methods
        menu = self.menu()
        for action in menu.actions()[1:]:
            menu.removeAction(action)
        for method in methods if len(methods) > 1 else ():
            menu.addAction(method_text(method)).triggered.connect(partial(self._ask, method=method))

    def _on_opacity_changed(self, percent: int) -> None:
        self._ask(opacity=percent / 100)

    def _on_least_changed(self, step: int) -> None:
        self._ask(least_share=step / _STEPS)

    def _ask(self, checked: bool = False, **changes: object) -> None:
        overlay: OverlaySettings = replace(self._state.snapshot.overlay, **changes)  # type: ignore[arg-type]
        self.overlay_requested.emit(overlay)


def _slider(name: str) -> QSlider:
    made = QSlider(Qt.Orientation.Horizontal)
    made.setAccessibleName(name)
    made.setFixedWidth(200)
    return made
