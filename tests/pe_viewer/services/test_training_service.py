"""Trainings in real processes: started, paused, stopped, killed, and found again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pe_models.bundle import ModelBundle, promote
from pe_models.progress import CancelToken
from pe_models.retraining.folder import (
    RetrainFolder,
    RunStatus,
    list_runs,
    runs_folder,
    status_of,
)
from pe_models.retraining.order import PhantomData, RetrainOrder, Start
from pe_models.training.run import RunState
from pe_viewer.jobs import Job, JobRunner
from pe_viewer.library.library import Library
from pe_viewer.services.analysis import AnalysisWorker
from pe_viewer.services.run_control import stop_those_that_end_with_viewer
from pe_viewer.services.training import Command, TrainingService
from pe_viewer.training_state import Look, PlanView, Shelf

PROCESS = Path(__file__).parents[1] / "training_process.py"
ORDER = RetrainOrder(
    phantoms=PhantomData(12, seed=30_000, matrix=64), preset="tiny", start=Start.SCRATCH
)

Wait = Callable[[Job], object]


def command(n_steps: int, *, hears_stop: bool = True) -> Command:
    hearing = "hears" if hears_stop else "deaf"
    return lambda run: (str(PROCESS), str(run.folder), str(n_steps), hearing)


@pytest.fixture
def runner(qtbot: QtBot, nothing_left: None) -> Iterator[JobRunner]:
    runner = JobRunner()
    yield runner
    for run in list_runs():
        pid = status_of(run).pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
    assert runner.shutdown()


@pytest.fixture
def wait(qtbot: QtBot) -> Wait:
    """Waits for a job; gives its result, or the words of its failure."""

    def waited(job: Job) -> object:
        results: list[object] = []
        job.succeeded.connect(results.append)
        job.failed.connect(results.append)
        qtbot.waitUntil(lambda: bool(results), timeout=150_000)
        return results[0]

    return waited


def started(service: TrainingService, wait: Wait) -> RetrainFolder:
    run = wait(service.start(ORDER))
    assert isinstance(run, RetrainFolder), run
    return run


def until(run: RetrainFolder, is_met: Callable[[RunStatus], bool]) -> RunStatus:
    end = time.monotonic() + 60
    while not is_met(status := status_of(run)):
        assert time.monotonic() < end, status
        time.sleep(0.02)
    return status


def test_a_training_runs_in_a_session_of_its_own_to_its_end(runner: JobRunner, wait: Wait) -> None:
    run = started(TrainingService(runner, Library(None), command(80)), wait)
    status = status_of(run)
    assert status.pid is not None
    assert os.getsid(status.pid) == status.pid != os.getsid(0)
    assert until(run, lambda s: not s.is_alive).state is RunState.DONE


def test_a_second_training_is_refused_while_one_runs(runner: JobRunner, wait: Wait) -> None:
    service = TrainingService(runner, Library(None), command(4000))
    run = started(service, wait)
    assert "runs already" in str(wait(service.start(ORDER)))
    assert "runs already" in str(wait(service.go_on(run)))
    wait(service.stop(run))


def test_a_pause_holds_a_training_and_it_goes_on(runner: JobRunner, wait: Wait) -> None:
    service = TrainingService(runner, Library(None), command(4000))
    run = started(service, wait)
    service.pause(run)
    paused = until(run, lambda s: s.state is RunState.PAUSED)
    assert paused.is_alive
    service.resume(run)
    until(run, lambda s: s.state is RunState.RUNNING and s.done > paused.done)
    wait(service.stop(run))


def test_a_run_can_be_deleted_once_it_has_ended_and_leaves_nothing(
    runner: JobRunner, wait: Wait
) -> None:
    service = TrainingService(runner, Library(None), command(40_000))
    run = started(service, wait)
    assert "Stop it first" in str(wait(service.delete_run(run)))
    assert run.folder.is_dir()
    wait(service.stop(run))
    (runs_folder() / ".deleted-earlier").mkdir()  # its removal was cut short
    wait(service.delete_run(run))
    assert list_runs() == ()
    assert [path for path in runs_folder().iterdir() if path.is_dir()] == []


@pytest.mark.wall_clock
@pytest.mark.parametrize(
    ("hears_stop", "state"), [(True, RunState.STOPPED), (False, RunState.INTERRUPTED)]
)
def test_a_stop_takes_two_seconds_at_most_even_where_it_is_not_heard(
    runner: JobRunner, wait: Wait, hears_stop: bool, state: RunState
) -> None:
    service = TrainingService(runner, Library(None), command(40_000, hears_stop=hears_stop))
    run = started(service, wait)
    until(run, lambda s: s.done > 3)
    began = time.monotonic()
    wait(service.stop(run))
    assert time.monotonic() - began < 2.5  # the window's promise, and some for a busy machine
    assert status_of(run).state is state
    assert not status_of(run).is_alive


def test_a_killed_training_is_told_as_interrupted_and_goes_on(
    runner: JobRunner, wait: Wait
) -> None:
    service = TrainingService(runner, Library(None), command(60))
    run = started(service, wait)
    pid = until(run, lambda s: s.done > 3).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert until(run, lambda s: not s.is_alive).state is RunState.INTERRUPTED
    assert wait(service.go_on(run)) == run
    assert until(run, lambda s: not s.is_alive).state is RunState.DONE


KILLED_VIEWER = """
import os, signal, sys
from pathlib import Path
from pe_viewer.jobs.detached import DetachedProcesses
DetachedProcesses().start(sys.argv[2:], Path(sys.argv[1]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_viewer_leaves_its_training_alone() -> None:
    run = RetrainFolder(runs_folder() / "retrained-1")
    run.write_order(ORDER)
    arguments = (str(run.log_file), *command(20)(run))
    viewer = subprocess.run((sys.executable, "-c", KILLED_VIEWER, *arguments), check=False)
    assert viewer.returncode == -signal.SIGKILL
    assert until(run, lambda s: s.state is RunState.DONE).state is RunState.DONE


def test_a_run_ends_with_the_viewer_only_where_the_reader_said_so(
    runner: JobRunner, wait: Wait
) -> None:
    service = TrainingService(runner, Library(None), command(40_000))
    run = started(service, wait)
    stop_those_that_end_with_viewer()
    assert status_of(run).is_alive
    service.end_with_viewer(run, ends=True)
    stop_those_that_end_with_viewer()
    assert not status_of(run).is_alive
    service.end_with_viewer(run, ends=False)
    assert not run.ends_with_viewer_file.exists()


def test_another_window_finds_a_training_again(runner: JobRunner, wait: Wait) -> None:
    run = started(TrainingService(runner, Library(None), command(4000)), wait)
    until(run, lambda s: s.done > 5)
    another = TrainingService(runner, Library(None))
    look = wait(another.look(run.name))
    assert isinstance(look, Look)
    assert [view.name for view in look.runs] == [run.name]
    assert look.runs[0].status.is_alive
    assert ("slice", "loss") in look.details.curves
    wait(another.stop(run))
    assert not status_of(run).is_alive


def test_a_command_that_fails_at_once_leaves_its_words_in_the_log(
    runner: JobRunner, wait: Wait
) -> None:
    service = TrainingService(
        runner, Library(None), lambda run: ("-c", "raise SystemExit('no such thing')")
    )
    run = started(service, wait)
    assert not status_of(run).is_alive
    assert "no such thing" in run.log_file.read_text()


def test_a_plan_counts_before_anything_is_made(runner: JobRunner, wait: Wait) -> None:
    plan = wait(TrainingService(runner, Library(None)).plan(ORDER))
    assert isinstance(plan, PlanView)
    assert plan.summary is not None
    assert plan.summary.n_studies == 12
    assert plan.cost is not None
    assert plan.cost.seconds is None
    assert list_runs() == ()


def test_a_plan_and_a_run_go_by_the_preset_of_the_bundle_in_use(
    runner: JobRunner, wait: Wait, tiny_bundle: ModelBundle
) -> None:
    promote(tiny_bundle, reason="for a test")
    order = RetrainOrder(phantoms=ORDER.phantoms)
    service = TrainingService(runner, Library(None), command(4))
    plan = wait(service.plan(order))
    assert isinstance(plan, PlanView)
    assert plan.message == ""
    assert plan.cost is not None
    run = wait(service.start(order))
    assert isinstance(run, RetrainFolder), run
    assert run.order() == replace(order, preset="tiny-pooled")


def test_a_bundle_in_use_that_has_gone_is_told_before_anything_starts(
    runner: JobRunner, wait: Wait, tiny_bundle: ModelBundle
) -> None:
    kept = promote(tiny_bundle, reason="for a test")
    shutil.rmtree(kept.source)
    service, order = TrainingService(runner, Library(None)), RetrainOrder(phantoms=ORDER.phantoms)
    plan = wait(service.plan(order))
    assert isinstance(plan, PlanView)
    assert "cannot be used" in plan.message
    assert "cannot be used" in str(wait(service.start(order)))
    assert list_runs() == ()


def test_the_worker_and_the_list_take_the_promoted_bundle(
    runner: JobRunner, wait: Wait, tiny_bundle: ModelBundle
) -> None:
    promote(tiny_bundle, reason="for a test")
    shelf = wait(TrainingService(runner, Library(None)).list_bundles())
    assert isinstance(shelf, Shelf)
    assert shelf.in_use_sha256 == tiny_bundle.sha256
    worker = AnalysisWorker(device="cpu")
    try:
        assert worker.describe(CancelToken()).bundle.sha256 == tiny_bundle.sha256
    finally:
        worker.stop()
