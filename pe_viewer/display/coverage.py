"""What the reader has and has not looked at, and what changed once the model was seen."""

from dataclasses import dataclass

from pe_models.findings import Flag
from pe_models.imaging.volume import LoadedSlices
from pe_viewer.review import Review


@dataclass(frozen=True, slots=True)
class Coverage:
    """Slices viewed of all, and the flags whose peak was never viewed."""

    n_viewed: int
    n_slices: int
    unvisited: tuple[Flag, ...] = ()

    @property
    def percent(self) -> int:
        """Rounded down: 100 means every slice."""
        return 100 * self.n_viewed // max(1, self.n_slices)

    @property
    def is_complete(self) -> bool:
        return self.n_viewed == self.n_slices and not self.unvisited


def coverage_of(viewed: LoadedSlices | None, flags: tuple[Flag, ...]) -> Coverage:
    """Coverage of a series; without one, of nothing."""
    if viewed is None:
        return Coverage(0, 0, flags)
    unvisited = tuple(flag for flag in flags if flag.peak not in viewed)
    return Coverage(len(viewed), viewed.n_slices, unvisited)


def changes_since_first_read(review: Review) -> tuple[int, int, int]:
    """Own findings added and removed since the first read was locked, and flags accepted."""
    if review.first_read is None:
        return 0, 0, 0
    before, now = set(review.first_read), set(review.added)
    return len(now - before), len(before - now), review.n_accepted
