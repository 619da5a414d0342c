"""The header of one file as rows of words: what is shown, found and copied of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_TELLING_NOTHING: Final = frozenset(
    {"AT", "CS", "DS", "FD", "FL", "IS", "OW", "SL", "SQ", "SS", "UL", "US"}
)
"""Value representations of numbers and codes. Names, texts, dates and UIDs may tell who it is."""

_PATIENT_GROUP: Final = "(0010,"
HIDDEN: Final = "hidden"


@dataclass(frozen=True, slots=True)
class TagRow:
    """One element: ``tag`` as ``(0018,0050)``, its ``name`` and ``vr``, its ``value`` in words.

    ``depth`` counts the sequences that it lies in. ``is_private`` where no standard names it.
    """

    tag: str
    name: str
    vr: str
    value: str
    depth: int = 0
    is_private: bool = False

    @property
    def may_identify(self) -> bool:
        """Whether its value might tell who was examined."""
        is_harmless = self.vr in _TELLING_NOTHING and not self.tag.startswith(_PATIENT_GROUP)
        return self.is_private or not is_harmless

    def shown_value(self, *, hides_identity: bool) -> str:
        return HIDDEN if hides_identity and self.value and self.may_identify else self.value

    def as_text(self, *, hides_identity: bool) -> str:
        """One line, its parts apart by tabs, as spreadsheets take it."""
        value = self.shown_value(hides_identity=hides_identity)
        return "\t".join((">" * self.depth + self.tag, self.name, self.vr, value))


@dataclass(frozen=True, slots=True)
class TagList:
    """The rows of one file; ``message`` says why there are none. ``slice_index`` of the slice."""

    slice_index: int
    rows: tuple[TagRow, ...] = ()
    message: str = ""


def rows_with(rows: Iterable[TagRow], sought: str, *, hides_identity: bool) -> list[TagRow]:
    """The rows in which every word of ``sought`` stands; a hidden value is not searched."""
    words = sought.casefold().split()
    return [row for row in rows if _holds(row.as_text(hides_identity=hides_identity), words)]


def _holds(line: str, words: list[str]) -> bool:
    told = line.casefold()
    bare = told.replace("(", "").replace(")", "").replace(",", "")  # 00180050 is a tag as well
    return all(word in told or word in bare for word in words)
