"""An image that is kept until something that it was made from changes."""

from collections.abc import Callable

from PySide6.QtGui import QImage


class KeptImage:
    """Holds one image and what it was made from.

    Its key holds the objects themselves, not their ids, so that a freed array's id cannot match;
    its owner lets go of both when a study is closed.
    """

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._image: QImage | None = None

    def image(self, key: tuple[object, ...], make: Callable[[], QImage]) -> QImage:
        """The image for a key, made where the one that is kept has another."""
        if self._image is None or not _is_same(self._key, key):
            self._key, self._image = key, make()
        return self._image

    def clear(self) -> None:
        self._key, self._image = (), None


def _is_same(old: tuple[object, ...], new: tuple[object, ...]) -> bool:
    """Identity for arrays and other large values, equality for the small ones."""
    return all(
        a is b or (isinstance(b, (int, float)) and a == b) for a, b in zip(old, new, strict=True)
    )
