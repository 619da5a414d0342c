"""In which order the library is listed: by any of its columns, up or down."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from pe_viewer.library.entry import BadgeKind, LibraryEntry, ReadingStage
from pe_viewer.views.library.library_text import patient_text


class Column(IntEnum):
    """The columns of the list, from the left."""

    PATIENT = 0
    DATE = 1
    STUDY = 2
    MODEL = 3
    READING = 4
    OPENED = 5


@dataclass(frozen=True, slots=True)
class Order:
    """The study opened last stands first, until the reader wants it otherwise."""

    column: Column = Column.OPENED
    is_descending: bool = True

    def clicked(self, column: Column) -> "Order":
        """The order after a click on a heading: the other way round, or by another column."""
        if column is self.column:
            return Order(column, not self.is_descending)
        return Order(column, is_descending=column in _NEWEST_OR_HIGHEST_FIRST)


def ordered(
    entries: Iterable[LibraryEntry], order: Order, *, hides_identity: bool
) -> list[LibraryEntry]:
    """``entries`` by what their column shows; those that show the same as they came.

    What is hidden or held back orders nothing.
    """
    by_name = order.column in (Column.PATIENT, Column.DATE)
    if hides_identity and by_name:
        return list(entries)
    return sorted(entries, key=_KEYS[order.column], reverse=order.is_descending)


_NEWEST_OR_HIGHEST_FIRST: Final = frozenset({Column.DATE, Column.MODEL, Column.OPENED})
_BADGES: Final = list(reversed(BadgeKind))
_STAGES: Final = list(ReadingStage)


def _badge_rank(entry: LibraryEntry) -> tuple[int, float]:
    badge = entry.badge
    return (-1, 0.0) if badge is None else (_BADGES.index(badge.kind), badge.score)


_KEYS: Final[Mapping[Column, Callable[[LibraryEntry], Any]]] = {
    Column.PATIENT: lambda entry: patient_text(entry, hides_identity=False).casefold(),
    Column.DATE: lambda entry: entry.date,
    Column.STUDY: lambda entry: entry.description.casefold(),
    Column.MODEL: _badge_rank,
    Column.READING: lambda entry: _STAGES.index(entry.stage),
    Column.OPENED: lambda entry: entry.opened_at,
}
