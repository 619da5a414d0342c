"""The room for text over a picture: what is written keeps clear of what stands there already."""

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QPointF, QRectF

_GAP_PX: Final = 6.0


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

    def beside(self, wanted: QRectF) -> QRectF:
        """The free place nearest to ``wanted`` that is whole in the view.

        Where there is none along the one axis or the other it is the nearest that is in the view.
        """
        home = self._inside(wanted)
        free = (place for place in self._moved(home) if self._holds(place) and self._is_free(place))
        return min(free, key=lambda place: _distance_px(place, wanted), default=home)

    def _moved(self, home: QRectF) -> Iterator[QRectF]:
        yield home
        for taken in self._taken:
            yield QRectF(QPointF(taken.left() - home.width(), home.top()), home.size())
            yield QRectF(QPointF(taken.right(), home.top()), home.size())
            yield QRectF(QPointF(home.left(), taken.top() - home.height()), home.size())
            yield QRectF(QPointF(home.left(), taken.bottom()), home.size())

    def _inside(self, place: QRectF) -> QRectF:
        left = max(self.area.left(), min(place.left(), self.area.right() - place.width()))
        top = max(self.area.top(), min(place.top(), self.area.bottom() - place.height()))
        return QRectF(QPointF(left, top), place.size())

    def _holds(self, place: QRectF) -> bool:
        return self.area.contains(place)

    def _is_free(self, place: QRectF) -> bool:
        return not any(place.intersects(taken) for taken in self._taken)


def _distance_px(a: QRectF, b: QRectF) -> float:
    return (a.topLeft() - b.topLeft()).manhattanLength()
