"""Opening paths and series, and closing them again."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from pe_models.imaging.study import Scan, Series, Study
from pe_models.imaging.volume import LoadedSlices, VolumeKind, kind_of
from pe_viewer.controller.analysing import Analysing
from pe_viewer.controller.autosave import Autosave
from pe_viewer.controller.reviewing import Reviewing
from pe_viewer.controller.scanning import Scanning
from pe_viewer.display.looks import ViewTransform
from pe_viewer.display.presets import opening_window
from pe_viewer.display.slice_image import spread_window
from pe_viewer.jobs import Notice
from pe_viewer.library.series_id import images_id, key_of_study
from pe_viewer.review import Review
from pe_viewer.services.studies import LoadedBatch, Loading, OpenSeries, StudyService
from pe_viewer.settings import SettingsFile
from pe_viewer.state import Activity, Phase, ReviewSnapshot, ReviewState

_NOTHING_OPEN: Final[Mapping[str, object]] = {
    "thumbnails": {},
    "study": None,
    "series": None,
    "geometry": None,
    "pixels": None,
    "loaded": None,
    "viewed": None,
    "volume": None,
    "findings": None,
    "coarse_scores": None,
    "heatmaps": (),
    "review": Review(),
    "withholds_model": False,
    "slice_index": 0,
    "view": ViewTransform(),
    "loading": Activity(),
    "analysis": Activity(),
    "tags": None,
}


class Opening:
    """Answers requests to open and close. What was open stays until something new can be shown.

    ``leaving`` fires while a series is still in view that is about to go: the last moment in which
    what is being typed can be kept in its Review.
    """

    def __init__(
        self,
        state: ReviewState,
        service: StudyService,
        analysing: Analysing,
        reviewing: Reviewing,
        autosave: Autosave,
        settings: SettingsFile,
    ) -> None:
        self.leaving = Notice()
        self._state = state
        self._service = service
        self._analysing = analysing
        self._reviewing = reviewing
        self._autosave = autosave
        self._settings = settings
        self._scanning = Scanning(state, service, self._on_scanned)
        self._loading: Loading | None = None
        self._opened: OpenSeries | None = None
        self._last_slice: dict[str, int] = {}
        self._wanted = "", ""
        state.update(recent=settings.settings.recent)
        state.changed.connect(self._on_state_changed)

    def open_path(self, path: Path) -> None:
        self.open_paths([path])

    def open_paths(
        self, paths: Sequence[Path], *, study_key: str = "", series_key: str = ""
    ) -> None:
        """Scans ``paths`` and shows the series that suits best, or the one that is wanted.

        Where the study or the series that is named is not there any more, the best is shown.
        """
        if paths:
            self._wanted = study_key, series_key
            self._scanning.start(paths)

    def open_series(self, series_id: str) -> None:
        """Shows one of the scanned series, by its key or, the first that has it, by its UID.

        Nothing happens where it is shown already, unless not all of it has come.
        """
        for study in self._state.snapshot.studies:
            for series in study.series:
                if series_id in (series.key, series.series_uid):
                    if not self._is_shown(series):
                        self._open(study, series)
                    return

    def step_series(self, by: int) -> None:
        """The next series of the study in view, or the one before."""
        study, shown = self._state.snapshot.study, self._state.snapshot.series
        if study is None or shown is None:
            return
        keys = [series.key for series in study.series]
        target = keys.index(shown.key) + by
        if 0 <= target < len(keys):
            self.open_series(keys[target])
        else:
            end = "Last" if by > 0 else "First"
            self._state.update(notice=f"{end} series of this study")

    def close_study(self) -> None:
        """Closes all that was scanned and frees its memory."""
        self._release()
        self._state.update(
            **self._nothing_open(), studies=(), skipped=(), scanning=Activity(), notice=""
        )

    def forget(self, series_keys: Iterable[str]) -> None:
        """Drops where the reader was in some series."""
        for key in series_keys:
            self._last_slice.pop(key, None)

    def cancel_scan(self) -> bool:
        """False where no scan runs."""
        return self._scanning.cancel()

    def cancel_load(self) -> bool:
        """False where nothing is being loaded."""
        if self._loading is None:
            return False
        self._loading.job.cancel()
        return True

    def _is_shown(self, series: Series) -> bool:
        snapshot = self._state.snapshot
        if snapshot.series is None or snapshot.series.key != series.key:
            return False
        return snapshot.loading.phase not in (Phase.CANCELLED, Phase.FAILED)

    def _on_state_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if self._loading is not None and new.slice_index != old.slice_index:
            self._loading.order.move_to(wanted_next(new, new.slice_index - old.slice_index))

    def _on_scanned(self, path: Path, scan: Scan) -> None:
        self._settings.save(self._settings.settings.with_recent(path))
        self._release()
        self._state.update(
            **self._nothing_open(),
            studies=scan.studies,
            skipped=scan.skipped,
            scanning=Activity(Phase.DONE),
            recent=self._settings.settings.recent,
            notice="",
        )
        study_key, series_key = self._wanted
        study = next(
            (s for s in scan.studies if key_of_study(s) == study_key), best_study(scan.studies)
        )
        series = next((s for s in study.series if s.key == series_key), study.series[0])
        self._open(study, series)

    def _nothing_open(self) -> dict[str, object]:
        """A report that is being written goes on: it is the program's, not the window's."""
        exporting = self._state.snapshot.exporting
        is_running = exporting.phase is Phase.RUNNING
        return {**_NOTHING_OPEN, "exporting": exporting if is_running else Activity()}

    def _open(self, study: Study, series: Series) -> None:
        self._release()
        self._analysing.series_opened()
        key = series.key
        reading = self._autosave.reading_of(key, images_id(study, series)).fitting(series.n_slices)
        review = self._reviewing.review_of(key, kept=reading.review)
        if reading.model_was_seen:
            self._analysing.mark_seen(key)
        withholds = self._analysing.is_withheld(key, review)
        answer = None if withholds else self._analysing.answer_of(key)
        middle = series.n_slices // 2
        kept = middle if reading.slice_index is None else reading.slice_index
        first = self._last_slice.get(key, kept)
        self._state.update(
            study=study,
            series=series,
            geometry=series.geometry,
            pixels=None,
            loaded=LoadedSlices(series.n_slices),
            viewed=LoadedSlices(series.n_slices).with_slices(sorted(reading.viewed)),
            volume=None,
            findings=None if answer is None else answer.findings,
            heatmaps=() if answer is None else answer.heatmaps,
            coarse_scores=None,
            review=review,
            withholds_model=withholds,
            slice_index=first,
            window=opening_window(series.body_part),
            view=ViewTransform(),
            loading=Activity(Phase.RUNNING, "Loading"),
            analysis=self._analysing.activity_of(key),
            tags=None,
            notice="",
        )
        self._load(series, first)

    def _load(self, series: Series, first: int) -> None:
        loading = self._service.load(series, first=first)
        self._loading = loading
        loading.batches.arrived.connect(partial(self._on_batch, loading))
        loading.job.succeeded.connect(partial(self._on_loaded, loading))
        loading.job.failed.connect(partial(self._on_load_failed, loading))
        loading.job.cancelled.connect(partial(self._on_load_cancelled, loading))

    def _on_batch(self, loading: Loading, batch: LoadedBatch) -> None:
        if loading is not self._loading:
            return
        snapshot = self._state.snapshot
        changes: dict[str, object] = {}
        if snapshot.pixels is None:
            changes["pixels"] = batch.pixels
            if snapshot.series is not None and kind_of(snapshot.series) is not VolumeKind.HU:
                changes["window"] = spread_window(batch.pixels[_any_loaded(batch.loaded)])
        fraction = len(batch.loaded) / batch.loaded.n_slices
        activity = Activity(Phase.RUNNING, "Loading", fraction)
        self._state.update(loaded=batch.loaded, loading=activity, **changes)

    def _on_loaded(self, loading: Loading, opened: OpenSeries) -> None:
        if loading is not self._loading:
            opened.buffer.close()
            return
        self._loading = None
        self._opened = opened
        self._state.update(
            series=opened.series,
            pixels=opened.volume.hu,
            loaded=LoadedSlices.all_of(opened.volume.n_slices),
            volume=opened.volume,
            loading=Activity(Phase.DONE, fraction=1.0),
        )
        self._analysing.series_loaded(opened)

    def _on_load_failed(self, loading: Loading, message: str) -> None:
        if loading is self._loading:
            self._loading = None
            self._state.update(
                loading=Activity(Phase.FAILED, message=message), pixels=None, notice=""
            )

    def _on_load_cancelled(self, loading: Loading) -> None:
        if loading is self._loading:
            self._loading = None
            self._state.update(
                loading=Activity(Phase.CANCELLED, message="Not all slices are here."),
                notice="Loading cancelled: open the series again for the rest",
            )

    def _release(self) -> None:
        if self._state.snapshot.series is not None:
            self.leaving.emit()
        snapshot = self._state.snapshot
        if snapshot.series is not None:
            self._last_slice[snapshot.series.key] = snapshot.slice_index
        loading, self._loading = self._loading, None
        if loading is not None:
            loading.job.cancel()
        opened, self._opened = self._opened, None
        self._state.update(pixels=None, volume=None)
        if opened is not None:
            self._analysing.series_closed(opened)


def wanted_next(snapshot: ReviewSnapshot, travel: int) -> int:
    """The first slice that is not here yet, from the one in view onward where the reader travels.

    ``travel`` is the last step, negative toward the feet.
    """
    here = snapshot.slice_index
    if snapshot.loaded is None:
        return here
    mask = snapshot.loaded.mask()
    ahead = mask[here:] if travel > 0 else mask[here::-1]
    missing = np.flatnonzero(~ahead)
    if len(missing) == 0:
        return here
    return here + int(missing[0]) * (1 if travel > 0 else -1)


def best_study(studies: Sequence[Study]) -> Study:
    """The first study with a CTPA candidate, else the first."""
    return next((s for s in studies if s.series[0].is_ctpa_candidate), studies[0])


def _any_loaded(loaded: LoadedSlices) -> int:
    middle = loaded.n_slices // 2
    return middle if middle in loaded else int(np.argmax(loaded.mask()))
