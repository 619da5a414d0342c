"""Labels along a line, moved apart where they would run into one another. No layout, no Qt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Row:
    """Labels that touch. ``wanted`` is where it would begin for each of them, added up."""

    wanted: float
    widths: tuple[float, ...]

    @property
    def start(self) -> float:
        """As near to where its labels belong as can be, by least squares."""
        return self.wanted / len(self.widths)

    @property
    def end(self) -> float:
        return self.start + sum(self.widths)

    def followed_by(self, other: "_Row") -> "_Row":
        moved = other.wanted - sum(self.widths) * len(other.widths)
        return _Row(self.wanted + moved, (*self.widths, *other.widths))

    def middles(self) -> Iterator[float]:
        left = self.start
        for width in self.widths:
            yield left + width / 2
            left += width


def side_by_side(centres: Sequence[float], widths: Sequence[float]) -> list[float]:
    """The middles of labels, in their order, so that none covers another.

    ``centres`` ascend and say where each belongs; ``widths`` are with the room around it, in the
    same unit. The pool-adjacent-violators algorithm (Barlow et al. 1972).
    """
    rows: list[_Row] = []
    for centre, width in zip(centres, widths, strict=True):
        row = _Row(centre - width / 2, (width,))
        while rows and rows[-1].end > row.start:
            row = rows.pop().followed_by(row)
        rows.append(row)
    return [middle for row in rows for middle in row.middles()]
