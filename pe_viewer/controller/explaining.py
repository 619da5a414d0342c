"""Maps that did not come with the Findings: made for the slice in view when they are drawn."""

from functools import partial
from typing import Final

from pe_models.findings import Findings, Heatmap
from pe_viewer.controller.analysing import Analysing
from pe_viewer.services.analysis import AnalysisService
from pe_viewer.state import Activity, Phase, ReviewSnapshot, ReviewState

MOST_MAPS: Final = 256
"""Kept at once; the oldest goes. A map of a whole slice has about 50,000 bytes."""

Place = tuple[int, str]
"""A slice and a method."""


class Explaining:
    """One map at a time, for the slice where the reader stands when its turn comes.

    Slices that were passed are not made up for. A place whose map failed is not asked again.
    """

    def __init__(self, state: ReviewState, service: AnalysisService, analysing: Analysing) -> None:
        self._state = state
        self._service = service
        self._analysing = analysing
        self._failures: dict[Place, str] = {}
        self._is_asking = False
        state.changed.connect(self._on_changed)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.findings is not old.findings:
            self._failures.clear()
            self._state.update(asked_maps={}, explaining=Activity())
            return  # the update came back here
        place = missing_place(new)
        if place is None:
            self._show(Activity())
        elif place in self._failures:
            self._show(Activity(Phase.FAILED, message=self._failures[place]))
        else:
            self._ask(place, new)

    def _show(self, activity: Activity) -> None:
        if not self._is_asking:
            self._state.update(explaining=activity)

    def _ask(self, place: Place, snapshot: ReviewSnapshot) -> None:
        series, findings = snapshot.series, snapshot.findings
        opened = None if series is None else self._analysing.opened_of(series.key)
        if self._is_asking or opened is None or findings is None:
            return
        self._is_asking = True
        slice_index, method = place
        self._state.update(explaining=Activity(Phase.RUNNING))
        job = self._service.explain(opened, findings, slice_index=slice_index, method=method)
        job.succeeded.connect(partial(self._on_made, findings))
        job.failed.connect(partial(self._on_failed, place, findings))
        job.cancelled.connect(self._on_cancelled)

    def _on_made(self, findings: Findings, heatmap: Heatmap) -> None:
        self._is_asking = False
        kept = dict(self._state.snapshot.asked_maps)
        if self._state.snapshot.findings is findings:
            kept[heatmap.slice_index, heatmap.method] = heatmap
        while len(kept) > MOST_MAPS:
            del kept[next(iter(kept))]
        self._state.update(asked_maps=kept, explaining=Activity(Phase.DONE))

    def _on_failed(self, place: Place, findings: Findings, message: str) -> None:
        self._is_asking = False
        if self._state.snapshot.findings is findings:
            self._failures[place] = message
        self._state.update(explaining=Activity(Phase.FAILED, message=message))

    def _on_cancelled(self) -> None:
        self._is_asking = False
        self._state.update(explaining=Activity())


def missing_place(snapshot: ReviewSnapshot) -> Place | None:
    """The slice in view and the method, where a map is to be drawn that is not there yet."""
    if not snapshot.overlay.is_visible or snapshot.score_is_low or snapshot.volume is None:
        return None
    method = snapshot.method
    has_map = snapshot.heatmap_of(snapshot.slice_index) is not None
    return (
        None if has_map or method not in snapshot.model.methods else (snapshot.slice_index, method)
    )
