"""The real worker process with a tiny bundle: answers, cancel, crash, refusal."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from pe_models.errors import WorkerError
from pe_models.imaging.reading.loading_order import LoadingOrder
from pe_models.progress import Cancelled, CancelToken, Progress, ignore_progress
from pe_viewer.services.analysis import AnalysisWorker
from pe_viewer.services.studies import OpenSeries, load_series, scan_paths

if TYPE_CHECKING:
    from pe_models.bundle import ModelBundle


@pytest.fixture(scope="module")
def worker(tiny_bundle: "ModelBundle") -> Iterator[AnalysisWorker]:
    """One for all tests here: it starts in seconds, and again by itself where it was killed."""
    worker = AnalysisWorker(bundle=str(tiny_bundle.source), device="cpu")
    yield worker
    worker.stop()


@pytest.fixture(scope="module")
def phantom_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One small phantom study as DICOM files."""
    from pe_models.cli import main

    folder = tmp_path_factory.mktemp("phantom")
    arguments = ["--studies", "1", "--seed", "5", "--matrix", "128", "--slices", "24"]
    assert main(["phantom", "--out", str(folder), *arguments]) == 0
    return folder / "train"


@pytest.fixture(scope="module")
def phantom(phantom_folder: Path) -> Iterator[OpenSeries]:
    opened = _load(phantom_folder)
    yield opened
    opened.buffer.close()


def _load(folder: Path) -> OpenSeries:
    scan = scan_paths([folder], ignore_progress, CancelToken())
    series = scan.studies[0].series[0]
    order = LoadingOrder(series.n_slices)
    return load_series(series, order, None, ignore_progress, CancelToken())


def test_the_worker_says_which_bundle_it_uses(
    worker: AnalysisWorker, tiny_bundle: "ModelBundle"
) -> None:
    ready = worker.describe(CancelToken())
    assert ready.bundle == tiny_bundle.stamp()
    assert ready.device == "cpu"


def test_a_phantom_is_analysed_slice_by_slice(worker: AnalysisWorker, phantom: OpenSeries) -> None:
    progress: list[Progress] = []
    coarse: list[NDArray[np.float32]] = []
    answer = worker.analyze(
        phantom, on_progress=progress.append, on_coarse=coarse.append, cancel=CancelToken()
    )
    assert answer.findings.n_slices == phantom.volume.n_slices
    assert answer.findings.series_uid == phantom.series.series_uid
    assert {h.slice_index for h in answer.heatmaps} == set(range(phantom.volume.n_slices))
    assert progress
    assert np.isnan(coarse[0]).any()


@pytest.mark.wall_clock
def test_cancel_stops_an_analysis_within_a_second_and_the_worker_goes_on(
    worker: AnalysisWorker, phantom: OpenSeries
) -> None:
    worker.describe(CancelToken())
    cancel = CancelToken()
    cancel.cancel()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        worker.analyze(phantom, cancel=cancel)
    assert time.monotonic() - began < 1.0
    assert worker.analyze(phantom, cancel=CancelToken()).findings.n_slices


def test_a_worker_that_does_not_hear_a_cancel_is_killed(
    worker: AnalysisWorker, phantom: OpenSeries
) -> None:
    worker.describe(CancelToken())
    pid, cancel = worker.pid, CancelToken()
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    cancel.cancel()
    with pytest.raises(Cancelled):
        worker.analyze(phantom, cancel=cancel)
    assert worker.pid is None


@pytest.mark.long
def test_a_killed_worker_is_a_clear_failure_and_starts_again(
    worker: AnalysisWorker, phantom: OpenSeries
) -> None:
    worker.describe(CancelToken())
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(0.2, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(WorkerError, match=r"went away.*Try again"):
        worker.analyze(phantom, cancel=CancelToken())
    assert worker.analyze(phantom, cancel=CancelToken()).findings.n_slices


def test_what_is_no_chest_is_refused_in_words(
    worker: AnalysisWorker, write_ct: Callable[..., NDArray[np.int16]], tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", description="HEAD")
    opened = _load(tmp_path / "ct")
    try:
        with pytest.raises(WorkerError) as refusal:
            worker.analyze(opened, cancel=CancelToken())
    finally:
        opened.buffer.close()
    assert "Traceback" not in str(refusal.value)
    assert len(str(refusal.value)) > 20


def test_a_bundle_that_is_not_there_is_named(tmp_path: Path, phantom: OpenSeries) -> None:
    worker = AnalysisWorker(bundle=str(tmp_path / "no-bundle"), device="cpu")
    try:
        with pytest.raises(WorkerError, match="no-bundle"):
            worker.describe(CancelToken())
        with pytest.raises(WorkerError, match="no-bundle"):
            worker.analyze(phantom, cancel=CancelToken())
    finally:
        worker.stop()
