"""Which flagged runs move, and which of their slices: chosen from the Report's parts."""

from collections.abc import Callable, Sequence
from typing import Final

from pe_models.findings import Flag
from pe_viewer.report.model import Clip, KeyImage

MAX_CLIPS: Final = 4
MAX_FRAMES: Final = 24
"""A longer run moves in larger steps: a file to look at and to send, not another copy of the CT."""

MARGIN: Final = 3
"""Slices shown above and below a run, so that a clot is seen to come and to go."""


def make_clips(
    ranked_flags: Sequence[tuple[int, Flag]],
    n_slices: int,
    frame: Callable[[int, int], KeyImage],
) -> tuple[Clip, ...]:
    """A clip of each of the first flags (number, flag) in ``ranked_flags``.

    ``frame(slice_index, flag_number)`` gives one slice with its pixels.
    """
    return tuple(
        Clip(number, tuple(frame(index, number) for index in frame_slices(flag, n_slices)))
        for number, flag in ranked_flags[:MAX_CLIPS]
    )


def frame_slices(flag: Flag, n_slices: int) -> tuple[int, ...]:
    """Slice indices of a clip from the head toward the feet, the peak always among them."""
    first, last = max(0, flag.first - MARGIN), min(n_slices - 1, flag.last + MARGIN)
    step = -(-(last - first + 1) // MAX_FRAMES)
    from_peak = {*range(flag.peak, first - 1, -step), *range(flag.peak, last + 1, step)}
    return tuple(sorted(from_peak, reverse=True))
