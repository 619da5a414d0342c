"""One series in the study browser: a picture of its middle, its words and its warnings."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout

from pe_models.imaging.study import Series
from pe_models.imaging.warnings import SeriesWarning
from pe_viewer.display.series_texts import (
    extent_text,
    ranking_text,
    series_name,
    warning_sign,
    warning_text,
)
from pe_viewer.display.texts import WARNING_TEXTS, count_text
from pe_viewer.display.warning_places import is_note
from pe_viewer.state import ReviewState
from pe_viewer.views.breaking_label import BreakingLabel
from pe_viewer.views.choice_row import ChoiceRow
from pe_viewer.views.keyed_tip import KeyedTip
from pe_viewer.views.style import label, plain_tip, set_kind, wrapped_label

_THUMBNAIL_PX: Final = 48


class SeriesRow(ChoiceRow):
    """Draws a Series; asks to open it by a click or by Enter, and for its details.

    Only the row of the series in view spells out its reasons and warnings; of the others the tip
    does.
    """

    details_requested = Signal()

    def __init__(self, series: Series, state: ReviewState) -> None:
        super().__init__()
        self._picture = label("", "thumbnail")
        self._picture.setFixedSize(_THUMBNAIL_PX, _THUMBNAIL_PX)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = BreakingLabel()
        self._extent = wrapped_label("", "small")
        self._sign = self._make_sign()
        KeyedTip(self._sign, state, "series_sheet")
        self._details = QVBoxLayout()
        self._details.setSpacing(4)
        self._lay_out()
        self.show_series(series, is_current=False)

    def show_series(self, series: Series, *, is_current: bool) -> None:
        """Draws ``series`` anew: reading may have added warnings."""
        _, row_mm, col_mm = series.geometry.spacing_mm
        self._extent_mm = series.rows * row_mm, series.cols * col_mm
        set_kind(self, "row-current" if is_current else "row")
        self._title.setText(series_name(series))
        self._extent.setText(extent_text(series))
        self._show_sign(series)
        self._show_details(series if is_current else None)
        told = (ranking_text(series), *(warning_text(w) for w in series.warnings))
        self.setToolTip(plain_tip("\n".join(line for line in told if line)))
        count = count_text(len(series.warnings), "warning", "warnings")
        self.setAccessibleName(f"Series {series_name(series)}, {extent_text(series)}, {count}")

    def show_thumbnail(self, image: QImage) -> None:
        """``image`` of one of its slices, drawn in the proportions of the patient."""
        height, width = self._extent_mm
        density = self.devicePixelRatioF()
        scale = density * _THUMBNAIL_PX / max(height, width)
        fitted = image.scaled(
            max(1, round(width * scale)),
            max(1, round(height * scale)),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        fitted.setDevicePixelRatio(density)
        set_kind(self._picture, "picture")
        self._picture.setPixmap(QPixmap.fromImage(fitted))

    def _make_sign(self) -> QToolButton:
        sign = QToolButton()
        sign.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        sign.clicked.connect(self._on_sign_clicked)
        return sign

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.setSpacing(4)
        below.addWidget(self._extent, stretch=1)
        below.addWidget(self._sign)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addLayout(below)
        words.addStretch(1)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._picture, alignment=Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, stretch=1)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(6)
        column.addLayout(head)
        column.addLayout(self._details)

    def _show_sign(self, series: Series) -> None:
        """How many warnings there are; their colour and shape say whether one can mislead."""
        kind = "sign-note" if all(map(is_note, series.warnings)) else "sign"
        set_kind(self._sign, kind)
        self._sign.setText(f"{warning_sign(series.warnings)} {len(series.warnings)}")
        self._sign.setVisible(bool(series.warnings))
        self._sign.setAccessibleName(count_text(len(series.warnings), "warning", "warnings"))

    def _show_details(self, series: Series | None) -> None:
        while (item := self._details.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()  # deleted when the event loop comes round; not to be seen until then
                widget.deleteLater()
        if series is None:
            return
        lines = [wrapped_label(ranking_text(series), "small")]
        for code in dict.fromkeys(warning.code for warning in series.warnings):
            alike = [warning for warning in series.warnings if warning.code is code]
            lines.append(_warning_line(alike))
        for line in lines:
            self._details.addWidget(line)
            line.setVisible(bool(line.text()))

    def _on_sign_clicked(self) -> None:
        self.chosen.emit()
        self.details_requested.emit()


def _warning_line(alike: list[SeriesWarning]) -> QLabel:
    """The name of one kind of warning, with its messages as a tip."""
    words = f"{warning_sign(alike)} {WARNING_TEXTS[alike[0].code]}"
    line = wrapped_label(words, "small" if all(map(is_note, alike)) else "bad-small")
    line.setToolTip(plain_tip("\n".join(warning_text(warning) for warning in alike)))
    return line
