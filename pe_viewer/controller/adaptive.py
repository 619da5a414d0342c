"""The PE window set by the contrast in the pulmonary trunk."""

from functools import partial

from pe_models.errors import InputError
from pe_models.imaging.volume import Volume
from pe_viewer.display.adaptive import TRUNK_NOT_FOUND, TrunkRegion, adaptive_window
from pe_viewer.display.measuring import ellipse_stats
from pe_viewer.display.texts import window_text
from pe_viewer.review import Ellipse
from pe_viewer.services.trunk import TrunkService
from pe_viewer.state import ReviewSnapshot, ReviewState


class Adaptive:
    """Takes the reader's own ellipse on the slice in view, else finds the trunk itself."""

    def __init__(self, state: ReviewState, service: TrunkService) -> None:
        self._state = state
        self._service = service
        state.changed.connect(self._on_changed)

    def set_window(self) -> None:
        """Sets the window at once where there is a region, else once the trunk is found."""
        snapshot = self._state.snapshot
        if snapshot.volume is None:
            self._state.update(notice="The window needs all slices: wait until they have come")
            return
        own = own_region(snapshot)
        region = own if own is not None else snapshot.trunk
        if region is not None:
            self._use(region, "your ellipse" if own is not None else "the trunk")
            return
        self._state.update(notice="Looking for the pulmonary trunk")
        job = self._service.find(snapshot.volume)
        job.succeeded.connect(partial(self._on_found, snapshot.volume))
        job.failed.connect(partial(self._on_failed, snapshot.volume))

    def _use(self, region: TrunkRegion, name: str) -> None:
        try:
            window = adaptive_window(region.stats)
        except InputError as error:
            self._state.update(notice=str(error))
            return
        words = f"PE by contrast  {window_text(window)}: {region.stats.mean_hu:.0f} HU in {name}"
        self._state.update(window=window, notice=words)

    def _on_found(self, volume: Volume, region: TrunkRegion) -> None:
        if self._state.snapshot.volume is volume:
            self._state.update(trunk=region)
            self._use(region, "the trunk")

    def _on_failed(self, volume: Volume, message: str) -> None:
        snapshot = self._state.snapshot
        if snapshot.volume is not volume:
            return
        if message == TRUNK_NOT_FOUND:
            hint = snapshot.keymap.hint
            message += f": draw an ellipse in it{hint('tool_ellipse')}"
            message += f", then set the window by it{hint('adaptive_window')}"
        self._state.update(notice=message)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.geometry is not old.geometry and new.trunk is not None:
            self._state.update(trunk=None)


def own_region(snapshot: ReviewSnapshot) -> TrunkRegion | None:
    """The reader's newest ellipse on the slice in view, as a region; None where there is none."""
    if snapshot.pixels is None or snapshot.geometry is None:
        return None
    here = snapshot.review.measures_on(snapshot.slice_index)
    ellipse = next((m for m in reversed(here) if isinstance(m, Ellipse)), None)
    if ellipse is None:
        return None
    hu = snapshot.pixels[snapshot.slice_index]
    stats = ellipse_stats(hu, ellipse, snapshot.geometry.spacing_mm[1:])
    return None if stats is None else TrunkRegion(ellipse, stats)
