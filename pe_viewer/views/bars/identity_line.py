"""Who is shown, in the top line: what gives way first is what tells the patient least."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from pe_viewer.views.elided_label import ElidedLabel
from pe_viewer.views.style import plain_tip

_GAP_PX: Final = 14
_LEAST_NAME_PX: Final = 60
_LEAST_DESCRIPTION_PX: Final = 40
_ASKED_NAME_PX: Final = 120
_MOST_ASKED_PX: Final = 190
_MORE: Final = "…"


@dataclass(frozen=True, slots=True)
class Identity:
    """The texts of a study that is shown; "" for what is not known or not to be seen."""

    name: str = ""
    age: str = ""
    patient_id: str = ""
    date: str = ""
    description: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """As they stand from left to right."""
        return self.name, self.age, self.patient_id, self.date, self.description


class IdentityLine(QWidget):
    """Draws an Identity in whatever width it is given, the whole of it in the tip.

    The description is cut first, with an ellipsis; then date and age go, as half of one would
    mislead, and an ellipsis stands for them; then the name is cut, and the ID last.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("identity_line")
        kinds = ("strong", "dim", "dim", "dim", "dim", "dim")
        self._labels = tuple(ElidedLabel(kind, self) for kind in kinds)

    def show_identity(self, identity: Identity) -> None:
        whole = "    ".join(part for part in identity.parts if part)
        self.setToolTip(plain_tip(whole))
        self.setAccessibleName(whole)
        for label, text in zip(self._labels, (*identity.parts, _MORE), strict=True):
            label.setText(text)
            label.setToolTip(plain_tip(whole))
        self.updateGeometry()
        self._lay_out()

    def sizeHint(self) -> QSize:
        needed = sum(px + _GAP_PX for px in self._needed_px[:-1] if px)
        return QSize(needed, self._labels[0].sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Of an ID with the beginning of a name."""
        name_px, _, id_px, *_ = self._needed_px
        least = min(name_px, _ASKED_NAME_PX) + _GAP_PX + id_px
        return QSize(min(least, _MOST_ASKED_PX), self._labels[0].minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    @property
    def _needed_px(self) -> tuple[int, ...]:
        return tuple(label.sizeHint().width() if label.text() else 0 for label in self._labels)

    def _lay_out(self) -> None:
        left = 0
        for label, px in zip(self._labels, widths_px(self._needed_px, self.width()), strict=True):
            label.setVisible(px > 0)
            label.setGeometry(left, 0, px, self.height())
            left += px + _GAP_PX if px else 0


def widths_px(needed: Sequence[int], room: int) -> tuple[int, ...]:
    """Of name, age, ID, date, description and the sign for what is left out, in ``room`` px.

    ``needed`` are their whole widths, 0 for what is empty. 0 is given to what is left out.
    """
    name, age, patient_id, date, description, more = needed
    kept = [name, age, patient_id, date, description, 0]
    spare = room - _sum(kept)
    if spare < 0 and description + spare >= _LEAST_DESCRIPTION_PX:
        kept[4] += spare
        return tuple(kept)
    for gives_way in (4, 3, 1):
        if _sum(kept) <= room:
            return tuple(kept)
        if kept[gives_way]:
            kept[gives_way], kept[5] = 0, more
    return _name_and_id(kept, room)


def _name_and_id(kept: list[int], room: int) -> tuple[int, ...]:
    """The name gives way to its least width, then the ID; the sign for the rest before both."""
    over = _sum(kept) - room
    if over > 0:
        kept[5] = 0
        over = _sum(kept) - room
    if over > 0:
        cut = min(over, max(0, kept[0] - _LEAST_NAME_PX)) if kept[2] else over
        kept[0] -= cut
        kept[2] = max(0, kept[2] - (over - cut))
    return tuple(kept)


def _sum(widths: Sequence[int]) -> int:
    shown = [px for px in widths if px]
    return sum(shown) + _GAP_PX * max(0, len(shown) - 1)
