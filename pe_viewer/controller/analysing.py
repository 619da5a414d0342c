"""When and what the worker analyses, and where its answers go."""

import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models import wire
from pe_models.findings import BundleStamp, Findings
from pe_models.imaging.study import Series
from pe_models.progress import Progress
from pe_models.tasks import DEFAULT_TASK
from pe_viewer.jobs import Notice
from pe_viewer.review import Review
from pe_viewer.services.analysis import Analysis, AnalysisService, RunningAnalysis
from pe_viewer.services.studies import OpenSeries
from pe_viewer.settings import SettingsFile
from pe_viewer.state import Activity, ModelStatus, Phase, ReviewState

_STAGE_SHARES: Final = {
    "read": (0.00, 0.02),
    "localize": (0.02, 0.12),
    "slices": (0.12, 0.82),
    "refine": (0.82, 0.92),
    "sequence": (0.92, 0.96),
    "explain": (0.96, 1.00),
}
"""Where each stage of the pipeline lies in the whole, roughly by its time on a CPU."""

_MIN_FRACTION_FOR_ESTIMATE: Final = 0.08


class Analysing:
    """Answers requests about the analysis.

    Answers are kept for every series of this session and drawn only for the one that is shown.
    ``answered(series, analysis)`` fires for each. What the library kept of earlier sessions comes
    in by ``expect_kept`` and ``accept_kept``.
    """

    def __init__(
        self, state: ReviewState, service: AnalysisService, settings: SettingsFile
    ) -> None:
        self.answered = Notice()
        self._state = state
        self._service = service
        self._settings = settings
        self._answers: dict[str, Analysis] = {}
        self._running: dict[str, tuple[OpenSeries, RunningAnalysis]] = {}
        self._released: set[str] = set()
        self._seen: set[str] = set()
        self._opened: OpenSeries | None = None
        self._expected = ""
        self._bundle_sha256: str | None = None
        self._is_wanted = False
        self._analyzes_all = False

    @property
    def analyzes_on_open(self) -> bool:
        return self._settings.settings.analyze_on_open

    def toggle_analyze_on_open(self) -> None:
        self._settings.change(analyze_on_open=not self.analyzes_on_open)

    def analyze_all(self) -> None:
        """From now on, in this session, every series is analysed once it is loaded."""
        self._analyzes_all = True

    def warm_up(self) -> None:
        """Starts the worker, so that the first analysis need not wait for it."""
        job = self._service.warm_up()
        job.succeeded.connect(self._on_worker_ready)
        job.failed.connect(self._on_worker_failed)

    def use_model(self, *, bundle: str | None, device: str) -> None:
        """Another bundle (None is the shipped one) or device, once what runs has ended."""
        self._state.update(model=ModelStatus())
        job = self._service.use_model(bundle=bundle, device=device)
        job.succeeded.connect(self._on_worker_ready)
        job.failed.connect(self._on_worker_failed)

    def opened_of(self, series_key: str) -> OpenSeries | None:
        """The series in view with its memory, where all its slices are here and it is that one."""
        opened = self._opened
        return opened if opened is not None and opened.series.key == series_key else None

    def answer_of(self, series_key: str) -> Analysis | None:
        """What was found in a series earlier in this session."""
        return self._answers.get(series_key)

    def is_withheld(self, series_key: str, review: Review) -> bool:
        """Whether a second reader must not see yet what the model says of a series."""
        is_open = review.first_read is None and series_key not in self._seen
        return self._settings.settings.second_reader and is_open

    @property
    def bundle_sha256(self) -> str | None:
        """Of the bundle in use; None until the worker has told."""
        return self._bundle_sha256

    def mark_seen(self, series_key: str) -> None:
        """The reader saw in an earlier session what the model says of a series."""
        self._seen.add(series_key)

    def expect_kept(self, series: Series) -> None:
        """The library is asked for what was found in ``series``: until it tells, nothing starts of
        itself."""
        self._expected = series.key

    def accept_kept(self, series: Series, kept: Analysis | None) -> None:
        """What the library kept of ``series``; None where nothing. Newer answers stay."""
        if self._expected == series.key:
            self._expected = ""
        if kept is not None and self._is_of_bundle_in_use(kept):
            self._answers.setdefault(series.key, kept)
        snapshot = self._state.snapshot
        if not self._is_shown(series.key) or series.key in self._running:
            return
        answer = self._answers.get(series.key)
        if answer is not None and snapshot.withholds_model:
            self._state.update(analysis=Activity(Phase.DONE, fraction=1.0))
        elif answer is not None and snapshot.findings is not answer.findings:
            self._show_answer(answer)
        elif answer is None and self._opened is not None:
            self._start_if_due(self._opened)

    def forget(self, series_keys: Iterable[str]) -> None:
        """Drops what was found in some series, and stops what runs over them."""
        for key in series_keys:
            self._answers.pop(key, None)
            self._seen.discard(key)
            if key in self._running:
                self._running[key][1].job.cancel()

    def reveal(self) -> None:
        """Shows what the model said of the series in view, where it has."""
        series = self._state.snapshot.series
        answer = None if series is None else self._answers.get(series.key)
        if answer is not None:
            self._show_answer(answer)

    def activity_of(self, series_key: str) -> Activity:
        """How a series that comes into view stands."""
        if series_key in self._running:
            return Activity(Phase.RUNNING, "Analysing")
        return Activity(Phase.DONE if series_key in self._answers else Phase.IDLE)

    def series_opened(self) -> None:
        """A series came into view whose slices have not all come yet."""
        self._opened = None
        self._is_wanted = False

    def series_loaded(self, opened: OpenSeries) -> None:
        """All slices of the series in view have come: analyses it where that is wanted."""
        self._opened = opened
        if self._is_wanted:
            self.analyze()
        elif opened.series.key != self._expected:
            self._start_if_due(opened)

    def series_closed(self, opened: OpenSeries) -> None:
        """Frees the memory of a series, once no analysis runs over it."""
        self._opened = None
        running = self._running.get(opened.series.key)
        if running is not None and running[0] is opened:
            self._released.add(opened.series.key)
        else:
            opened.buffer.close()

    def analyze(self) -> None:
        """Analyses the series in view, as soon as all its slices have come."""
        snapshot = self._state.snapshot
        if snapshot.series is None:
            self._state.update(notice="Open a study first")
        elif snapshot.refusal:
            self._state.update(analysis=Activity(Phase.FAILED, message=snapshot.refusal))
        elif snapshot.series.key in self._running:
            self._state.update(notice="The analysis is already running")
        elif self._opened is not None:
            self._start(self._opened)
        elif snapshot.loading.is_running:
            self._is_wanted = True
            self._state.update(notice="The analysis starts when all slices have come")
        else:
            self._state.update(notice="Not all slices are here: open the series again")

    def cancel(self) -> bool:
        """Stops the analysis of the series in view, else of any. False where none runs."""
        self._is_wanted = False
        series = self._state.snapshot.series
        key = "" if series is None else series.key
        _, running = self._running.get(key, next(iter(self._running.values()), (None, None)))
        if running is None:
            return False
        running.job.cancel()
        return True

    def _start_if_due(self, opened: OpenSeries) -> None:
        """Analyses a series that nobody asked for, where that is the rule."""
        has_answer = opened.series.key in self._answers
        is_due = (self._analyzes_all or self.analyzes_on_open) and not has_answer
        if is_due and not self._state.snapshot.refusal:
            self.analyze()

    def _is_of_bundle_in_use(self, analysis: Analysis) -> bool:
        """Other tasks have bundles of their own, beside the one in use."""
        findings = analysis.findings
        is_other_task = findings.task != DEFAULT_TASK
        return is_other_task or self._bundle_sha256 in (None, findings.bundle.sha256)

    def _start(self, opened: OpenSeries) -> None:
        key = opened.series.key
        self._is_wanted = False
        running = self._service.analyze(opened)
        self._running[key] = (opened, running)
        began = time.monotonic()
        running.job.progressed.connect(partial(self._on_progressed, key, began))
        running.coarse.arrived.connect(partial(self._on_coarse, key))
        running.job.succeeded.connect(partial(self._on_succeeded, key))
        running.job.failed.connect(partial(self._on_failed, key))
        running.job.cancelled.connect(partial(self._on_cancelled, key))
        self._state.update(
            analysis=Activity(Phase.RUNNING, "Analysing"), coarse_scores=None, notice=""
        )

    def _on_progressed(self, key: str, began: float, progress: Progress) -> None:
        if self._is_shown(key) and key in self._running:
            fraction = overall_fraction(progress)
            seconds = seconds_left(fraction, time.monotonic() - began)
            self._state.update(analysis=Activity(Phase.RUNNING, "Analysing", fraction, seconds))

    def _on_coarse(self, key: str, scores: NDArray[np.float32]) -> None:
        is_running = self._is_shown(key) and key in self._running
        if is_running and not self._state.snapshot.withholds_model:
            self._seen.add(key)
            self._state.update(coarse_scores=scores)

    def _on_succeeded(self, key: str, answer: Analysis) -> None:
        series = self._running[key][0].series
        self._end(key)
        self._answers[key] = answer
        self.answered.emit(series, answer)
        if self._is_shown(key) and self._state.snapshot.withholds_model:
            self._state.update(analysis=Activity(Phase.DONE, fraction=1.0))
        elif self._is_shown(key):
            self._show_answer(answer)
        else:
            self._state.update(notice="The analysis of another series is done")
        self._take_model_of(answer.findings)

    def _take_model_of(self, findings: Findings) -> None:
        """The bundle in use, where it is that; of another task's the name alone, until that of
        the one in use is known."""
        is_in_use, model = findings.task == DEFAULT_TASK, self._state.snapshot.model
        if is_in_use:
            self._bundle_sha256 = findings.bundle.sha256
        if is_in_use or not model.is_ready:
            self._show_model(findings.bundle, findings.device, model.methods)

    def _on_failed(self, key: str, message: str) -> None:
        self._end(key)
        if self._is_shown(key):
            self._state.update(
                analysis=Activity(Phase.FAILED, message=message), coarse_scores=None, notice=""
            )

    def _on_cancelled(self, key: str) -> None:
        self._end(key)
        if self._is_shown(key):
            phase = Phase.DONE if self._state.snapshot.findings is not None else Phase.CANCELLED
            self._state.update(
                analysis=Activity(phase), coarse_scores=None, notice="Analysis cancelled"
            )

    def _show_answer(self, answer: Analysis) -> None:
        series = self._state.snapshot.series
        if series is not None:
            self._seen.add(series.key)
        self._state.update(
            findings=answer.findings,
            heatmaps=answer.heatmaps,
            coarse_scores=None,
            analysis=Activity(Phase.DONE, fraction=1.0),
        )

    def _end(self, key: str) -> None:
        opened, _ = self._running.pop(key)
        if key in self._released:
            self._released.discard(key)
            opened.buffer.close()

    def _is_shown(self, key: str) -> bool:
        series = self._state.snapshot.series
        return series is not None and series.key == key

    def _on_worker_ready(self, ready: wire.Ready) -> None:
        stamp = ready.bundle
        self._bundle_sha256 = stamp.sha256
        self._retire_other_bundles()
        self._show_model(stamp, ready.device, ready.methods)

    def _retire_other_bundles(self) -> None:
        """What was kept before the bundle in use was known may be another's."""
        others = [k for k, a in self._answers.items() if not self._is_of_bundle_in_use(a)]
        for key in others:
            answer = self._answers.pop(key)
            if self._state.snapshot.findings is answer.findings:
                self._state.update(
                    findings=None,
                    heatmaps=(),
                    analysis=Activity(),
                    notice="The kept scores are another model's: analyse anew",
                )

    def _on_worker_failed(self, message: str) -> None:
        self._state.update(model=replace(self._state.snapshot.model, message=message))

    def _show_model(self, stamp: BundleStamp, device: str, methods: tuple[str, ...]) -> None:
        self._state.update(
            model=ModelStatus(
                stamp.name,
                stamp.version,
                stamp.trained_on,
                is_ready=True,
                device=device,
                sha256=stamp.sha256,
                methods=methods,
            )
        )


def overall_fraction(progress: Progress) -> float:
    """Share of the whole analysis that is done, in [0, 1]; 0 for a stage that is not known."""
    begin, end = _STAGE_SHARES.get(progress.stage, (0.0, 0.0))
    return begin + (end - begin) * progress.fraction


def seconds_left(fraction: float, seconds_spent: float) -> float | None:
    """What is left if it goes on as it went; None while too little is done to say."""
    if fraction < _MIN_FRACTION_FOR_ESTIMATE:
        return None
    return seconds_spent * (1.0 - fraction) / fraction
