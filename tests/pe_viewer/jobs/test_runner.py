"""Jobs end in exactly one way, lanes do not overlap, signals fire on the GUI thread."""

import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from pe_models.errors import ReadError
from pe_models.progress import CancelToken, OnProgress, Progress
from pe_viewer.jobs import Job, JobRunner, Lane


class Record:
    """What a job said, in order, and on which thread."""

    def __init__(self, job: Job) -> None:
        self.events: list[tuple[str, object]] = []
        self.threads: set[int] = set()
        job.progressed.connect(lambda p: self._add("progressed", p))
        job.succeeded.connect(lambda r: self._add("succeeded", r))
        job.failed.connect(lambda m: self._add("failed", m))
        job.cancelled.connect(lambda: self._add("cancelled", None))
        job.finished.connect(lambda: self._add("finished", None))

    def _add(self, name: str, value: object) -> None:
        self.events.append((name, value))
        self.threads.add(threading.get_ident())

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.events]


@pytest.fixture
def runner(qapp: object) -> Iterator[JobRunner]:
    runner = JobRunner()
    yield runner
    assert runner.shutdown()


def run(qtbot: QtBot, runner: JobRunner, work: object) -> Record:
    job = runner.start(Lane.DISK, "test", work)  # type: ignore[arg-type]
    record = Record(job)
    qtbot.waitUntil(lambda: "finished" in record.names)
    return record


def wait_for_cancel(on_progress: OnProgress, cancel: CancelToken) -> None:
    while True:
        cancel.raise_if_cancelled()
        time.sleep(0.001)


def test_a_job_that_returns_succeeds_once_with_its_result(qtbot: QtBot, runner: JobRunner) -> None:
    record = run(qtbot, runner, lambda on_progress, cancel: 42)
    assert record.events == [("succeeded", 42), ("finished", None)]


def test_an_expected_error_fails_the_job_with_its_message(qtbot: QtBot, runner: JobRunner) -> None:
    def work(on_progress: OnProgress, cancel: CancelToken) -> None:
        raise ReadError("Slice 3 is cut short.")

    record = run(qtbot, runner, work)
    assert record.events == [("failed", "Slice 3 is cut short."), ("finished", None)]


def test_a_fault_fails_the_job_and_is_logged_without_its_values(
    qtbot: QtBot, runner: JobRunner, caplog: pytest.LogCaptureFixture
) -> None:
    def work(on_progress: OnProgress, cancel: CancelToken) -> None:
        raise RuntimeError("/home/DOE_JANE/ct")

    with caplog.at_level(logging.ERROR):
        record = run(qtbot, runner, work)
    assert record.names == ["failed", "finished"]
    assert "RuntimeError" in str(record.events[0][1])
    assert "RuntimeError at" in caplog.text
    assert "DOE" not in caplog.text + str(record.events)


def test_a_cancelled_job_ends_as_cancelled_alone(qtbot: QtBot, runner: JobRunner) -> None:
    job = runner.start(Lane.COMPUTE, "test", wait_for_cancel)
    record = Record(job)
    job.cancel()
    qtbot.waitUntil(lambda: "finished" in record.names)
    assert record.names == ["cancelled", "finished"]


def test_work_that_returns_after_cancel_does_not_succeed(qtbot: QtBot, runner: JobRunner) -> None:
    def deaf(on_progress: OnProgress, cancel: CancelToken) -> str:
        while not cancel.is_cancelled:
            time.sleep(0.001)
        return "too late"

    job = runner.start(Lane.DISK, "test", deaf)
    record = Record(job)
    job.cancel()
    qtbot.waitUntil(lambda: "finished" in record.names)
    assert record.names == ["cancelled", "finished"]


def test_a_job_cancelled_in_the_queue_never_starts(qtbot: QtBot, runner: JobRunner) -> None:
    began: list[int] = []
    first = runner.start(Lane.DISK, "first", wait_for_cancel)
    second = runner.start(Lane.DISK, "second", lambda on_progress, cancel: began.append(1))
    record = Record(second)
    second.cancel()
    first.cancel()
    qtbot.waitUntil(lambda: "finished" in record.names)
    assert record.names == ["cancelled", "finished"]
    assert began == []


def test_jobs_of_one_lane_never_overlap_and_keep_their_order(
    qtbot: QtBot, runner: JobRunner
) -> None:
    running: list[int] = []
    seen: list[tuple[int, int]] = []

    def work(number: int) -> None:
        running.append(number)
        time.sleep(0.002)
        seen.append((number, len(running)))
        running.remove(number)

    jobs = [
        runner.start(Lane.DISK, "test", lambda on_progress, cancel, n=n: work(n)) for n in range(5)
    ]
    record = Record(jobs[-1])
    qtbot.waitUntil(lambda: "finished" in record.names)
    assert seen == [(n, 1) for n in range(5)]


def test_lanes_run_beside_each_other(qtbot: QtBot, runner: JobRunner) -> None:
    both = threading.Barrier(2, timeout=60)

    def meet(on_progress: OnProgress, cancel: CancelToken) -> str:
        both.wait()
        return "met"

    first = Record(runner.start(Lane.DISK, "disk", meet))
    second = Record(runner.start(Lane.COMPUTE, "compute", meet))
    qtbot.waitUntil(lambda: "finished" in first.names and "finished" in second.names)
    assert first.names == second.names == ["succeeded", "finished"]


def test_every_signal_fires_on_the_gui_thread(qtbot: QtBot, runner: JobRunner) -> None:
    def work(on_progress: OnProgress, cancel: CancelToken) -> int:
        on_progress(Progress("read", 1, 2))
        return threading.get_ident()

    record = run(qtbot, runner, work)
    assert record.names == ["progressed", "succeeded", "finished"]
    assert record.threads == {threading.get_ident()}
    assert record.events[1][1] != threading.get_ident()


def test_progress_is_thinned_but_its_last_word_comes_before_the_end(
    qtbot: QtBot, runner: JobRunner
) -> None:
    def work(on_progress: OnProgress, cancel: CancelToken) -> None:
        for done in range(10_001):
            on_progress(Progress("read", done, 10_000))

    record = run(qtbot, runner, work)
    progressed = [value for name, value in record.events if name == "progressed"]
    assert len(progressed) < 200
    assert progressed[-1] == Progress("read", 10_000, 10_000)
    assert record.names[-2:] == ["succeeded", "finished"]


def test_shutdown_cancels_what_runs_and_what_waits(qtbot: QtBot) -> None:
    before = set(threading.enumerate())  # another test's worker process keeps its reader
    runner = JobRunner()
    records = [Record(runner.start(Lane.DISK, "test", wait_for_cancel)) for _ in range(3)]
    assert runner.shutdown()
    assert [record.names for record in records] == [["cancelled", "finished"]] * 3
    assert not [t for t in set(threading.enumerate()) - before if t.name.startswith("pe-")]


def test_latest_delivers_the_first_value_at_once_and_then_only_the_newest(
    qtbot: QtBot, runner: JobRunner
) -> None:
    latest = runner.latest()
    arrived: list[object] = []
    latest.arrived.connect(arrived.append)
    latest.post("first")
    qtbot.waitUntil(lambda: arrived == ["first"])
    for number in range(100):
        latest.post(number)
    qtbot.waitUntil(lambda: arrived[-1] == 99)
    assert arrived == ["first", 99]


def test_a_closed_latest_delivers_what_waits_and_then_nothing(
    qtbot: QtBot, runner: JobRunner
) -> None:
    latest = runner.latest()
    arrived: list[object] = []
    latest.arrived.connect(arrived.append)
    latest.post("last")
    latest.close()
    assert arrived == ["last"]
    record = run(qtbot, runner, lambda on_progress, cancel: latest.post("late"))
    assert record.names == ["succeeded", "finished"]
    assert arrived == ["last"]


def test_jobs_whose_slots_hold_them_come_and_go_by_the_hundred(qtbot: QtBot) -> None:
    """As QObjects they crashed the process: destroyed while their thread still emitted, or from a
    slot of their own that held the last reference."""
    ended: list[object] = []

    def start(runner: JobRunner, lane: Lane) -> None:
        latest = runner.latest()

        def work(on_progress: OnProgress, cancel: CancelToken) -> int:
            for done in range(20):
                latest.post(done)
                on_progress(Progress("read", done, 20))
            return 20

        job = runner.start(lane, "test", work)
        latest.arrived.connect(lambda value: (job, latest))
        job.finished.connect(latest.close)
        job.finished.connect(lambda: ended.append(job))

    for _ in range(20):
        runner = JobRunner()
        for number in range(10):
            start(runner, Lane.DISK if number % 2 else Lane.COMPUTE)
        qtbot.waitUntil(lambda: len(ended) >= 5)
        assert runner.shutdown()
    assert len(ended) == 200


def test_a_job_that_has_ended_lets_go_of_its_work_and_its_slots(
    qtbot: QtBot, runner: JobRunner
) -> None:
    class Pixels:
        pass

    pixels = Pixels()
    memory = weakref.ref(pixels)
    job = runner.start(Lane.DISK, "test", lambda on_progress, cancel, kept=pixels: None)
    job.succeeded.connect(lambda result, kept=pixels: None)
    record = Record(job)
    del pixels
    qtbot.waitUntil(lambda: "finished" in record.names)
    qtbot.waitUntil(lambda: memory() is None)


def test_a_slot_that_raises_keeps_no_other_slot_from_the_end(
    qtbot: QtBot, runner: JobRunner
) -> None:
    def fail(result: object) -> None:
        raise ValueError("a fault in a slot")

    job = runner.start(Lane.DISK, "test", lambda on_progress, cancel: 1)
    job.succeeded.connect(fail)
    record = Record(job)
    with qtbot.captureExceptions() as exceptions:
        qtbot.waitUntil(lambda: "finished" in record.names)
    assert record.names == ["succeeded", "finished"]
    assert [kind for kind, _, _ in exceptions] == [ValueError]


def test_after_shutdown_nothing_starts_any_more(qtbot: QtBot, nothing_left: None) -> None:
    runner, ran = JobRunner(), []
    assert runner.shutdown()
    job = runner.start(Lane.DISK, "late", lambda on_progress, cancel: ran.append(True))
    with qtbot.waitCallback() as told:
        job.cancelled.connect(told)
    assert ran == []


def test_a_lane_that_is_drained_has_done_all_and_takes_more(
    qtbot: QtBot, runner: JobRunner
) -> None:
    done: list[int] = []

    def work(number: int) -> Callable[[OnProgress, CancelToken], None]:
        def slow(on_progress: OnProgress, cancel: CancelToken) -> None:
            time.sleep(0.02)
            done.append(number)

        return slow

    records = [Record(runner.start(Lane.LIBRARY, "keep", work(number))) for number in range(3)]
    assert runner.drain(Lane.LIBRARY)
    assert done == [0, 1, 2]
    records.append(Record(runner.start(Lane.LIBRARY, "keep", work(3))))
    qtbot.waitUntil(lambda: all(record.names == ["succeeded", "finished"] for record in records))
    assert runner.drain(Lane.DISK), "nothing was started there"


def test_a_lane_that_was_not_drained_in_time_is_waited_for_at_the_end(
    runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pe_viewer.jobs.runner._DRAIN_S", 0.05)
    has_ended = threading.Event()

    def slow(on_progress: OnProgress, cancel: CancelToken) -> None:
        time.sleep(0.4)
        has_ended.set()

    runner.start(Lane.LIBRARY, "keep", slow)
    assert not runner.drain(Lane.LIBRARY)
    assert runner.shutdown()
    assert has_ended.is_set()
