"""A study of a comparison of bundles, open in the window with both tracks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject

from pe_models.imaging.study import Series
from pe_viewer.controller.navigation import Navigation
from pe_viewer.controller.opening import Opening
from pe_viewer.display.track import TrackPair
from pe_viewer.state import ReviewSnapshot, ReviewState


@dataclass(frozen=True, slots=True)
class _Wanted:
    paths: tuple[Path, ...]
    tracks: TrackPair
    slice_index: int

    def is_of(self, series: Series) -> bool:
        """Whether ``series`` lies at these paths and is as long as the tracks."""
        path = series.slices[0].path
        lies_here = any(place in (path, *path.parents) for place in self.paths)
        return lies_here and series.n_slices == len(self.tracks.in_use)


class Comparing(QObject):
    """Both tracks stay beside the slices until another series is shown."""

    def __init__(self, state: ReviewState, opening: Opening, navigation: Navigation) -> None:
        super().__init__()
        self._state, self._opening, self._navigation = state, opening, navigation
        self._wanted: _Wanted | None = None
        state.changed.connect(self._on_changed)

    def open_study(self, paths: Sequence[Path], tracks: TrackPair, slice_index: int) -> None:
        """Opens ``paths`` at the slice where the two tracks lie furthest apart."""
        self._wanted = _Wanted(tuple(path.resolve() for path in paths), tracks, slice_index)
        self._opening.open_paths(paths)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        old_key = None if old.series is None else old.series.key
        if new.series is None or new.series.key == old_key:
            return
        wanted, self._wanted = self._wanted, None
        if wanted is None or not wanted.is_of(new.series):
            self._state.update(compared=None)
            return
        self._state.update(compared=wanted.tracks)
        self._navigation.go_to(wanted.slice_index)
        tracks = wanted.tracks
        self._state.update(
            notice=f"White line: {tracks.candidate_name}; orange: {tracks.in_use_name}"
        )
