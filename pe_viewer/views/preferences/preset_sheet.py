"""The window presets on the number keys, to be renamed and set."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from pe_models.imaging.window import MIN_WIDTH_HU, Window
from pe_viewer.display.presets import WindowPreset, load_window_presets
from pe_viewer.state import ReviewState
from pe_viewer.views.answer_buttons import answer_buttons
from pe_viewer.views.screen_room import Sheet
from pe_viewer.views.style import indent_number, label

_MOST_HU: Final = 8000.0
_LONGEST_NAME: Final = 24


class PresetSheet(Sheet):
    """Asks for other presets; an empty name keeps the one that stood."""

    presets_requested = Signal(object)

    def __init__(self, state: ReviewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._rows: list[tuple[QLineEdit, QDoubleSpinBox, QDoubleSpinBox]] = []
        self.setWindowTitle("Window presets")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        buttons = answer_buttons(
            ("Cancel", self.reject),
            ("Keep", self._on_kept),
            reset=("Shipped presets", self._show_shipped),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addLayout(self._grid)
        column.addWidget(buttons)
        self._make_rows(len(load_window_presets()))

    def show_presets(self) -> None:
        """Opens with the presets as they stand."""
        self._fill(self._state.snapshot.presets)
        self.show()

    def _make_rows(self, n_presets: int) -> None:
        for col, words in enumerate(("Key", "Name", "Width, HU", "Centre, HU")):
            self._grid.addWidget(label(words, "section"), 0, col)
        for number in range(1, n_presets + 1):
            name, width, centre = QLineEdit(), QDoubleSpinBox(), QDoubleSpinBox()
            name.setMaxLength(_LONGEST_NAME)
            width.setRange(MIN_WIDTH_HU, _MOST_HU)
            centre.setRange(-_MOST_HU, _MOST_HU)
            self._grid.addWidget(label(str(number), "dim"), number, 0)
            for col, (widget, what) in enumerate(
                ((name, "Name"), (width, "Width in HU"), (centre, "Centre in HU")), start=1
            ):
                widget.setAccessibleName(f"{what} of preset {number}")
                self._grid.addWidget(widget, number, col)
            for spin in (width, centre):
                indent_number(spin)
                spin.setDecimals(0)
                spin.setSingleStep(10)
            self._rows.append((name, width, centre))

    def _fill(self, presets: tuple[WindowPreset, ...]) -> None:
        for (name, width, centre), preset in zip(self._rows, presets, strict=True):
            name.setText(preset.name)
            name.setPlaceholderText(preset.name)
            width.setValue(preset.window.width_hu)
            centre.setValue(preset.window.centre_hu)

    def _show_shipped(self) -> None:
        self._fill(load_window_presets())

    def _on_kept(self) -> None:
        kept = tuple(
            WindowPreset(
                name.text().strip() or name.placeholderText(),
                Window(width.value(), centre.value()),
            )
            for name, width, centre in self._rows
        )
        self.accept()
        self.presets_requested.emit(kept)
