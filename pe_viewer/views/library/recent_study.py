"""One study that was open lately: its picture, whose it is, and how far it has come."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from pe_viewer.display.texts import date_text
from pe_viewer.library.entry import BadgeKind, LibraryEntry, ReadingStage
from pe_viewer.views.choice_row import ChoiceRow
from pe_viewer.views.library.library_text import STAGE_TEXTS, badge_line, patient_text
from pe_viewer.views.qimages import grey_image
from pe_viewer.views.style import label, set_kind

_WIDTH_PX: Final = 480
_PICTURE_PX: Final = 40
_DENSITY: Final = 2


class RecentStudy(ChoiceRow):
    """Draws a LibraryEntry; asks to open it by a click or by Enter."""

    def __init__(self, entry: LibraryEntry, *, hides_identity: bool) -> None:
        super().__init__()
        self.setFixedWidth(_WIDTH_PX)
        self._picture = label("", "thumbnail")
        self._picture.setFixedSize(_PICTURE_PX, _PICTURE_PX)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        name = patient_text(entry, hides_identity=hides_identity)
        date = "" if hides_identity else date_text(entry.date)
        is_flagged = entry.badge is not None and entry.badge.kind is BadgeKind.FLAGGED
        has_begun = entry.stage is not ReadingStage.OPENED
        about = "  ".join(part for part in (date, entry.description) if part)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(name, "strong"))
        words.addWidget(label(about, "small"))
        states = QVBoxLayout()
        states.setSpacing(0)
        right = Qt.AlignmentFlag.AlignRight
        stage = STAGE_TEXTS[entry.stage]
        model = label(badge_line(entry.badge), "model-small" if is_flagged else "small")
        states.addWidget(model, alignment=right)
        reading = label(stage[:1].upper() + stage[1:], "reader-small" if has_begun else "small")
        states.addWidget(reading, alignment=right)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(12)
        row.addWidget(self._picture)
        row.addLayout(words, stretch=1)
        row.addLayout(states)
        self.setAccessibleName(f"{name}, {about}, {badge_line(entry.badge)}, {stage}")

    def show_picture(self, grey: NDArray[np.uint8] | None) -> None:
        """``grey`` (row, col) of one of its slices; None while there is none."""
        if grey is None:
            return
        side = _DENSITY * _PICTURE_PX
        fitted = grey_image(grey).scaled(
            side,
            side,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        fitted.setDevicePixelRatio(_DENSITY)
        set_kind(self._picture, "picture")
        self._picture.setPixmap(QPixmap.fromImage(fitted))
