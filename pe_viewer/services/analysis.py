"""Analysis of a loaded series in the worker process, through the compute lane."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models import wire
from pe_models.errors import WorkerError
from pe_models.findings import Findings, Heatmap
from pe_models.progress import Cancelled, CancelToken, OnProgress, ignore_progress
from pe_viewer.jobs import Job, JobRunner, Lane, Latest, WorkerProcess
from pe_viewer.services.logs import worker_log_file
from pe_viewer.services.studies import OpenSeries

OnCoarse = Callable[[NDArray[np.float32]], None]

_POLL_S: Final = 0.05
_CANCEL_GRACE_S: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What the worker said of one series."""

    findings: Findings
    heatmaps: tuple[Heatmap, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RunningAnalysis:
    """``coarse`` carries early scores (slice,), NaN where unknown; the job ends in Analysis."""

    job: Job
    coarse: Latest


class AnalysisWorker:
    """Speaks ``wire`` with ``python -m pe_models serve``. One thread at a time; blocks."""

    def __init__(self, *, bundle: str | None = None, device: str = "auto") -> None:
        self._process = _process_for(bundle, device)
        self._request_ids = itertools.count(1)

    def use_model(self, *, bundle: str | None, device: str) -> None:
        """Ends the process; the next one, started on demand, has that bundle and device."""
        self._process.stop()
        self._process = _process_for(bundle, device)

    @property
    def pid(self) -> int | None:
        """The worker's process id; None while there is none."""
        return self._process.pid

    def describe(self, cancel: CancelToken) -> wire.Ready:
        """Which bundle and device are used, once the nets are loaded; starts the worker."""
        self._process.start()
        request = wire.Describe(next(self._request_ids))
        self._process.send(wire.encode(request))
        answer = self._answer(request.request_id, cancel, lambda event: None)
        if not isinstance(answer, wire.Ready):
            raise WorkerError(f"The analysis process answered {type(answer).__name__} instead.")
        return answer

    def analyze(
        self,
        opened: OpenSeries,
        *,
        on_progress: OnProgress = ignore_progress,
        on_coarse: OnCoarse = lambda scores: None,
        cancel: CancelToken,
    ) -> Analysis:
        """Findings and activation maps. Raises WorkerError or Cancelled."""
        scores = np.full(opened.volume.n_slices, np.nan, dtype=np.float32)

        def on_event(event: wire.Event) -> None:
            if isinstance(event, wire.Progressed):
                on_progress(event.progress)
            elif isinstance(event, wire.Coarse):
                scores[list(event.slice_indices)] = event.scores
                on_coarse(scores.copy())

        self._process.start()
        reference = wire.VolumeReference.to(opened.volume, opened.buffer.name)
        request = wire.Analyze(next(self._request_ids), reference)
        self._process.send(wire.encode(request))
        answer = self._answer(request.request_id, cancel, on_event)
        if not isinstance(answer, wire.Done) or answer.findings is None:
            raise WorkerError(f"The analysis process answered {type(answer).__name__} instead.")
        return Analysis(answer.findings, answer.heatmaps)

    def explain(
        self,
        opened: OpenSeries,
        findings: Findings,
        *,
        slice_index: int,
        method: str,
        cancel: CancelToken,
    ) -> Heatmap:
        """One map of a slice, by the bundle that made ``findings``. Raises WorkerError, Cancelled.

        ``method`` is one of ``wire.Ready.methods``.
        """
        self._process.start()
        reference = wire.VolumeReference.to(opened.volume, opened.buffer.name)
        request = wire.Explain(
            next(self._request_ids),
            reference,
            findings.crop,
            findings.bundle.sha256,
            slice_index,
            method,
        )
        self._process.send(wire.encode(request))
        answer = self._answer(request.request_id, cancel, lambda event: None)
        if not isinstance(answer, wire.Done) or len(answer.heatmaps) != 1:
            raise WorkerError(f"The analysis process answered {type(answer).__name__} instead.")
        return answer.heatmaps[0]

    def stop(self) -> None:
        self._process.stop()

    def _answer(
        self, request_id: int, cancel: CancelToken, on_event: Callable[[wire.Event], None]
    ) -> wire.Event:
        """The event that closes the request; others go to ``on_event``."""
        kill_at = float("inf")
        while True:
            if cancel.is_cancelled and kill_at == float("inf"):
                self._process.send(wire.encode(wire.Cancel(request_id)))
                kill_at = time.monotonic() + _CANCEL_GRACE_S
            if time.monotonic() >= kill_at:
                self._process.kill()
                raise Cancelled
            line = self._process.receive(_POLL_S)
            event = None if line is None else wire.decode_event(line)
            if event is None or event.request_id != request_id:
                continue
            if isinstance(event, wire.Failed):
                raise WorkerError(event.message)
            if isinstance(event, wire.Cancelled):
                raise Cancelled
            if isinstance(event, wire.Progressed | wire.Coarse):
                on_event(event)
            else:
                return event


def _process_for(bundle: str | None, device: str) -> WorkerProcess:
    chosen = () if bundle is None else ("--bundle", bundle)
    arguments = ("-m", "pe_models", "serve", "--device", device, *chosen)
    return WorkerProcess(arguments, worker_log_file())


class AnalysisService:
    """Starts analyses, one at a time. GUI thread."""

    def __init__(self, runner: JobRunner, worker: AnalysisWorker) -> None:
        self._runner = runner
        self._worker = worker

    def warm_up(self) -> Job:
        """Starts the worker ahead of the first analysis; the job ends in ``wire.Ready``."""
        return self._runner.start(
            Lane.COMPUTE,
            "start the worker",
            lambda on_progress, cancel: self._worker.describe(cancel),
        )

    def use_model(self, *, bundle: str | None, device: str) -> Job:
        """Another bundle or device after the jobs that wait; the job ends in ``wire.Ready``."""

        def restart(on_progress: OnProgress, cancel: CancelToken) -> wire.Ready:
            self._worker.use_model(bundle=bundle, device=device)
            return self._worker.describe(cancel)

        return self._runner.start(Lane.COMPUTE, "change the model", restart)

    def explain(
        self, opened: OpenSeries, findings: Findings, *, slice_index: int, method: str
    ) -> Job:
        """A job that ends in the Heatmap; its turn comes after any analysis."""
        return self._runner.start(
            Lane.COMPUTE,
            "explain",
            lambda on_progress, cancel: self._worker.explain(
                opened, findings, slice_index=slice_index, method=method, cancel=cancel
            ),
        )

    def analyze(self, opened: OpenSeries) -> RunningAnalysis:
        """The caller keeps ``opened.buffer`` open until the job has finished."""
        coarse = self._runner.latest()
        job = self._runner.start(
            Lane.COMPUTE,
            "analyze",
            lambda on_progress, cancel: self._worker.analyze(
                opened, on_progress=on_progress, on_coarse=coarse.post, cancel=cancel
            ),
        )
        job.finished.connect(coarse.close)
        return RunningAnalysis(job, coarse)

    def shutdown(self) -> None:
        """Ends the worker. After ``JobRunner.shutdown``."""
        self._worker.stop()
