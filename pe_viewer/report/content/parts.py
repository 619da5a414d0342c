"""What pages are laid out from: facts, notes, tables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """A term with its value, as people read it."""

    term: str
    value: str


@dataclass(frozen=True, slots=True)
class Note:
    """One line on the examination's quality; a warning is set apart by shape and colour."""

    text: str
    is_warning: bool


@dataclass(frozen=True, slots=True)
class Table:
    """``numeric`` names the columns (by position) whose figures are set flush right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row has another number of cells than the table has columns")
