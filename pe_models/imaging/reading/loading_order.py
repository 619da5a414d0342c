"""LoadingOrder: which slice is read next, the one nearest to where the reader is."""

from collections.abc import Iterator


class LoadingOrder:
    """Gives every slice index once: the focus first, then its neighbours ever farther out.

    One thread iterates; any other may move the focus while it does (assignment of an attribute is
    atomic in CPython, so no lock is needed). Indices outside the series count as its ends.
    """

    def __init__(self, n_slices: int, *, focus: int = 0) -> None:
        if n_slices < 1:
            raise ValueError(f"a series has at least one slice, not {n_slices}")
        self._focus = focus
        self._is_waiting = bytearray(b"\1") * n_slices
        self._n_waiting = n_slices
        self._center = self._above = self._below = 0
        self._start_at(focus)

    @property
    def focus(self) -> int:
        """The slice that is wanted most, as it was asked for."""
        return self._focus

    def move_to(self, slice_index: int) -> None:
        """Asks for ``slice_index`` and its neighbours next."""
        self._focus = slice_index

    def __len__(self) -> int:
        """How many slices have not been given yet."""
        return self._n_waiting

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        if not self._n_waiting:
            raise StopIteration
        focus = self._focus
        if focus != self._center:
            self._start_at(focus)
        index = self._nearest()
        self._is_waiting[index] = 0
        self._n_waiting -= 1
        return index

    def _start_at(self, focus: int) -> None:
        self._center = focus
        self._above = min(max(focus, 0), len(self._is_waiting) - 1)
        self._below = self._above - 1

    def _nearest(self) -> int:
        """The waiting slice nearest to the center; of two, the one above."""
        self._above = self._is_waiting.find(1, self._above) if self._above >= 0 else -1
        self._below = self._is_waiting.rfind(1, 0, self._below + 1) if self._below >= 0 else -1
        if self._above < 0:
            return self._below
        is_above_nearer = self._above - self._center <= self._center - self._below
        return self._above if self._below < 0 or is_above_nearer else self._below
