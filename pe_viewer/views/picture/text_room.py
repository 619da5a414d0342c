"""The room for text over a picture: what is written keeps clear of what stands there already."""

from collections.abc import Iterator, Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF

_GAP_PX: Final = 6.0
_OFF_ITS_LINE: Final = 3.0
"""So many times as far counts what is above or below."""


class TextRoom:
    """Places in px of the view. What must stay is taken first; what comes later steps aside."""

    def __init__(self, area: QRectF) -> None:
        self.area = area
        self._taken: list[QRectF] = []

    def take(self, place: QRectF) -> QRectF:
        """Keeps ``place``, and a gap beside it, from whatever is placed later."""
        self._taken.append(place.adjusted(-_GAP_PX, 0, _GAP_PX, 0))
        return place

    def above(self, wanted: QRectF) -> QRectF:
        """``wanted``, moved up past what stands in its way."""
        place = wanted
        for taken in sorted(self._taken, key=QRectF.bottom, reverse=True):
            if place.intersects(taken):
                place = place.translated(0, taken.top() - place.bottom())
        return place if self._holds(place) else wanted

    def below(self, wanted: QRectF) -> QRectF:
        """``wanted``, moved down past what stands in its way."""
        place = wanted
        for taken in sorted(self._taken, key=QRectF.top):
            if place.intersects(taken):
                place = place.translated(0, taken.bottom() - place.top())
        return place if self._holds(place) else wanted

    def beside(self, wanted: QRectF, *, shunned: Sequence[QRectF] = ()) -> QRectF:
        """The free place nearest to ``wanted`` that is whole in the view.

        One on none of the ``shunned`` places comes first. Along its line is nearer than off it.
        Where no place is free it is ``wanted``, moved into the view.
        """
        home = self._inside(wanted)
        if home == wanted and self._is_free(home) and not _hits(home, shunned):
            return home
        nearest = sorted(self._moved(home), key=lambda place: _distance_px(place, wanted))
        free = [place for place in nearest if self._holds(place) and self._is_free(place)]
        return next((place for place in free if not _hits(place, shunned)), (*free, home)[0])

    def _moved(self, home: QRectF) -> Iterator[QRectF]:
        """``home``, and the places beside, above and below all that is taken."""
        width, height = home.width(), home.height()
        lefts = {x for taken in self._taken for x in (taken.left() - width, taken.right())}
        tops = {y for taken in self._taken for y in (taken.top() - height, taken.bottom())}
        for left in (home.left(), *lefts):
            for top in (home.top(), *tops):
                yield QRectF(QPointF(left, top), home.size())

    def _inside(self, place: QRectF) -> QRectF:
        left = max(self.area.left(), min(place.left(), self.area.right() - place.width()))
        top = max(self.area.top(), min(place.top(), self.area.bottom() - place.height()))
        return QRectF(QPointF(left, top), place.size())

    def _holds(self, place: QRectF) -> bool:
        return self.area.contains(place)

    def _is_free(self, place: QRectF) -> bool:
        return not _hits(place, self._taken)


def _hits(place: QRectF, others: Sequence[QRectF]) -> bool:
    return any(map(place.intersects, others))


def _distance_px(a: QRectF, b: QRectF) -> float:
    return abs(a.left() - b.left()) + _OFF_ITS_LINE * abs(a.top() - b.top())
