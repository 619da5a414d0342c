"""Moving through the slices: by step, to an end, and from flag to flag."""

from collections.abc import Iterable

from pe_viewer.display.slice_naming import slice_meant
from pe_viewer.state import ReviewSnapshot, ReviewState

NOTHING_FLAGGED = "Nothing flagged"

_MOST_TYPED = 24


class Navigation:
    """Answers requests for another slice. Toward the feet is toward slice 0."""

    def __init__(self, state: ReviewState) -> None:
        self._state = state

    def go_to(self, slice_index: int) -> None:
        """Shows that slice, or the nearest one that exists."""
        n_slices = self._state.snapshot.n_slices
        if n_slices:
            clamped = min(max(slice_index, 0), n_slices - 1)
            self._state.update(slice_index=clamped, notice="")

    def go_to_place(self, words: str) -> None:
        """The slice that was typed: an image number, or a position in mm."""
        series = self._state.snapshot.series
        slice_index = None if series is None else slice_meant(words, series)
        if slice_index is None:
            self._state.update(notice=f"No slice {words.strip()[:_MOST_TYPED]} in this series")
        else:
            self.go_to(slice_index)

    def step_slices(self, by: int) -> None:
        """``by`` slices toward the head, or toward the feet where negative."""
        self.go_to(self._state.snapshot.slice_index + by)

    def go_to_most_superior(self) -> None:
        self.go_to(self._state.snapshot.n_slices - 1)

    def go_to_most_inferior(self) -> None:
        self.go_to(0)

    def go_to_flag(self, flag_index: int) -> None:
        """The peak of one flag, by its place in the Findings."""
        flags = self._state.snapshot.flags
        if 0 <= flag_index < len(flags):
            self.go_to(flags[flag_index].peak)

    def next_flagged_slice(self) -> None:
        """The next slice toward the feet that lies in any flag."""
        self._go_down(flagged_slices(self._state.snapshot), at_end="Last flagged slice")

    def previous_flagged_slice(self) -> None:
        """The next slice toward the head that lies in any flag."""
        self._go_up(flagged_slices(self._state.snapshot), at_end="First flagged slice")

    def next_flag_peak(self) -> None:
        self._go_down({f.peak for f in self._state.snapshot.shown_flags}, at_end="Last flag")

    def previous_flag_peak(self) -> None:
        self._go_up({f.peak for f in self._state.snapshot.shown_flags}, at_end="First flag")

    def _go_down(self, targets: Iterable[int], *, at_end: str) -> None:
        current = self._state.snapshot.slice_index
        self._go_among(max((t for t in targets if t < current), default=None), at_end=at_end)

    def _go_up(self, targets: Iterable[int], *, at_end: str) -> None:
        current = self._state.snapshot.slice_index
        self._go_among(min((t for t in targets if t > current), default=None), at_end=at_end)

    def _go_among(self, target: int | None, *, at_end: str) -> None:
        snapshot = self._state.snapshot
        if target is not None:
            self.go_to(target)
        elif snapshot.series is not None:
            self._state.update(notice=_why_no_flag(snapshot) or at_end)


def not_analysed(snapshot: ReviewSnapshot) -> str:
    """With the key that lets the model look."""
    return f"Not analysed yet{snapshot.keymap.hint('analyze')}"


def held_back(snapshot: ReviewSnapshot) -> str:
    """With the key that ends it."""
    hint = snapshot.keymap.hint("lock_first_read")
    return f"The model is held back until you lock your first read{hint}"


def flagged_slices(snapshot: ReviewSnapshot) -> set[int]:
    """Every slice that lies inside any flag that is drawn."""
    return {index for flag in snapshot.shown_flags for index in range(flag.first, flag.last + 1)}


def _why_no_flag(snapshot: ReviewSnapshot) -> str:
    if snapshot.withholds_model:
        return held_back(snapshot)
    if snapshot.analysis.is_running:
        return "The analysis is still running"
    if snapshot.findings is None:
        return not_analysed(snapshot)
    return "" if snapshot.shown_flags else NOTHING_FLAGGED
