"""A controller with real studies and a fake worker, and the waiting that its tests need."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from pe_models import labels, wire
from pe_models.errors import WorkerError
from pe_models.findings import (
    BundleStamp,
    Crop,
    ExamScore,
    Findings,
    Flag,
    Heatmap,
    Quality,
    SliceScore,
    Verdict,
    Zone,
)
from pe_models.progress import CancelToken, OnProgress, Progress, ignore_progress
from pe_models.tasks import HEMORRHAGE
from pe_viewer.app import make_controller
from pe_viewer.controller import Controller
from pe_viewer.jobs import JobRunner
from pe_viewer.library.library import Library
from pe_viewer.services.analysis import Analysis, AnalysisService, AnalysisWorker, OnCoarse
from pe_viewer.services.studies import OpenSeries, StudyService
from pe_viewer.settings import SettingsFile
from pe_viewer.state import ReviewState

WriteCt = Callable[..., NDArray[np.int16]]

STAMP = BundleStamp("pe-test", "1", "0" * 64, "phantoms", "phantoms")
METHODS = ("class activation", "grad-cam", "grad-cam++")
FLAGS = (Flag(2, 3, 4, 0.7, ("left",)), Flag(7, 8, 9, 0.94, ("right",)))


def findings_of(opened: OpenSeries, flags: tuple[Flag, ...] = FLAGS) -> Findings:
    """Findings as a worker would give them for a positive study with ``flags``."""
    scores = [0.05] * opened.volume.n_slices
    for flag in flags:
        for index in range(flag.first, flag.last + 1):
            scores[index] = flag.score
    return Findings(
        task="pe",
        bundle=STAMP,
        study_uid=opened.series.study_uid,
        series_uid=opened.series.series_uid,
        spacing_mm=opened.volume.geometry.spacing_mm,
        crop=Crop(4, 36, 5, 55),
        slices=tuple(
            SliceScore(
                k, s.instance_number, None, s.sop_instance_uid, s.position_mm, p, p, {"pe": p}
            )
            for k, (s, p) in enumerate(zip(opened.series.slices, scores, strict=True))
        ),
        exam={label: ExamScore(0.3, 0.3, 0.3) for label in labels.EXAM_LABELS},
        verdict=Verdict.POSITIVE if flags else Verdict.NEGATIVE,
        zone=Zone.POSITIVE if flags else Zone.NEGATIVE,
        flags=flags,
        flag_threshold=0.5,
        quality=Quality(350.0),
    )


def of_hemorrhage(findings: Findings) -> Findings:
    """The same slices and flags as the bundle of another task would give them."""
    of_slice = {s.slice_index: s.pe_score or 0.0 for s in findings.slices}
    return replace(
        findings,
        task=HEMORRHAGE.key,
        bundle=BundleStamp("head-test", "1", "1" * 64, "phantoms", "phantoms"),
        slices=tuple(
            replace(s, pe_score=None, pe_score_raw=None,
                    scores=dict.fromkeys(HEMORRHAGE.labels, of_slice[s.slice_index]))
            for s in findings.slices
        ),
        exam={label: ExamScore(0.9, 0.9, 0.9) for label in HEMORRHAGE.labels},
        verdict=None,
        zone=None,
    )  # fmt: skip


class FakeWorker(AnalysisWorker):
    """Answers without a process. ``gate`` holds an analysis back until it is set or cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.failure = ""
        self.flags = FLAGS
        self.sees_a_head = False
        self.analysed: list[str] = []
        self.explained: list[tuple[int, str]] = []
        self.model: tuple[str | None, str] = (None, "auto")

    def describe(self, cancel: CancelToken) -> wire.Ready:
        if self.failure:
            raise WorkerError(self.failure)
        return wire.Ready(1, STAMP, "cpu", METHODS)

    def analyze(
        self,
        opened: OpenSeries,
        *,
        on_progress: OnProgress = ignore_progress,
        on_coarse: OnCoarse = lambda scores: None,
        cancel: CancelToken,
    ) -> Analysis:
        self.analysed.append(opened.series.key)
        on_progress(Progress("slices", 1, 4))
        coarse = np.full(opened.volume.n_slices, np.nan, dtype=np.float32)
        coarse[::8] = 0.25
        on_coarse(coarse)
        while not self.gate.wait(0.005):
            cancel.raise_if_cancelled()
        if self.failure:
            raise WorkerError(self.failure)
        findings = findings_of(opened, self.flags)
        findings = of_hemorrhage(findings) if self.sees_a_head else findings
        heatmaps = tuple(
            Heatmap(k, np.full((2, 3), k, dtype=np.float32), findings.crop)
            for k in range(opened.volume.n_slices)
        )
        return Analysis(findings, heatmaps)

    def explain(
        self,
        opened: OpenSeries,
        findings: Findings,
        *,
        slice_index: int,
        method: str,
        cancel: CancelToken,
    ) -> Heatmap:
        self.explained.append((slice_index, method))
        while not self.gate.wait(0.005):
            cancel.raise_if_cancelled()
        if self.failure:
            raise WorkerError(self.failure)
        values = np.full((2, 3), 20.0 + slice_index, dtype=np.float32)
        return Heatmap(slice_index, values, findings.crop, method)

    def use_model(self, *, bundle: str | None, device: str) -> None:
        self.model = bundle, device

    def stop(self) -> None:
        self.gate.set()


@dataclass(frozen=True, slots=True)
class Bench:
    """A controller without a window."""

    state: ReviewState
    controller: Controller
    runner: JobRunner
    worker: FakeWorker
    settings: SettingsFile
    library: Library
    wait: Callable[[Callable[[Any], bool]], None]

    def open(self, *paths: Path) -> None:
        """Opens ``paths`` and waits until all slices are there."""
        self.controller.opening.open_paths(list(paths))
        self.wait(lambda s: not s.scanning.is_running and not s.loading.is_running)

    def analyze(self) -> None:
        self.controller.analysing.analyze()
        self.wait(lambda s: not s.analysis.is_running)


@pytest.fixture
def bench(qtbot: QtBot, nothing_left: None, home: Path) -> Iterator[Bench]:
    state, runner, worker = ReviewState(), JobRunner(), FakeWorker()
    settings = SettingsFile(home / "settings.json")
    library = Library(home / "data")
    library.open()
    studies, analysis = StudyService(runner), AnalysisService(runner, worker)
    controller = make_controller(state, settings, runner, studies, analysis, library)

    def wait(is_met: Callable[[Any], bool]) -> None:
        qtbot.waitUntil(lambda: is_met(state.snapshot))

    yield Bench(state, controller, runner, worker, settings, library, wait)
    controller.autosave.close()
    controller.session.close()
    controller.queue.close()
    assert runner.shutdown()
    library.close()
