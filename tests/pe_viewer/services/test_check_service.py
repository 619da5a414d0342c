"""The check as the window starts it: followed, cancelled, and told where it fails."""

import sys
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from pe_models.checking.card import CheckCard, keep_card
from pe_models.progress import Progress
from pe_viewer.jobs import Job, JobRunner
from pe_viewer.services.checking import CheckService

CARD = CheckCard(
    "2026-11-21T10:00:00+00:00", "tiny 1", "a" * 64, "software 1", "cpu", 6, 6, 5, 2, 31.0
)  # fmt: skip
PROGRESS = '{"event": "progress", "stage": "check", "done": 1, "total": 2}'


@pytest.fixture
def runner(qtbot: QtBot, nothing_left: None) -> Iterator[JobRunner]:
    runner = JobRunner()
    yield runner
    assert runner.shutdown()


def service(runner: JobRunner, *lines: str, then: str = "") -> CheckService:
    """A real small process that says ``lines``, and then does something else."""
    said = "".join(f"print({line!r}, flush=True)\n" for line in lines)
    return CheckService(runner, ("-c", f"{said}{then}"))


def ended(qtbot: QtBot, job: Job) -> object:
    results: list[object] = []
    for notice in (job.succeeded, job.failed):
        notice.connect(results.append)
    job.cancelled.connect(lambda: results.append("cancelled"))
    qtbot.waitUntil(lambda: bool(results), timeout=60_000)
    return results[0]


def test_a_check_reports_its_progress_and_ends_in_every_card(
    qtbot: QtBot, runner: JobRunner
) -> None:
    keep_card(CARD)
    seen: list[Progress] = []
    job = service(runner, PROGRESS, '{"event": "done"}').start()
    job.progressed.connect(seen.append)
    assert ended(qtbot, job) == (CARD,)
    assert [(p.done, p.total) for p in seen] == [(1, 2)]


def test_a_failure_is_told_in_the_words_of_the_process(qtbot: QtBot, runner: JobRunner) -> None:
    failed = '{"event": "failed", "message": "The bundle is damaged."}'
    assert ended(qtbot, service(runner, failed).start()) == "The bundle is damaged."


@pytest.mark.parametrize("then", ["raise SystemExit(3)", "import os; os.kill(os.getpid(), 9)"])
def test_a_process_that_goes_away_is_a_failed_check(
    qtbot: QtBot, runner: JobRunner, then: str
) -> None:
    if sys.platform == "win32" and "kill" in then:
        pytest.skip("no SIGKILL here")
    assert "came to no end" in str(ended(qtbot, service(runner, PROGRESS, then=then).start()))


def test_a_check_can_be_cancelled(qtbot: QtBot, runner: JobRunner) -> None:
    job = service(runner, PROGRESS, then="import time; time.sleep(600)").start()
    began: list[Progress] = []
    job.progressed.connect(began.append)
    qtbot.waitUntil(lambda: bool(began), timeout=60_000)
    job.cancel()
    assert ended(qtbot, job) == "cancelled"


def test_the_history_is_listed_without_a_check(qtbot: QtBot, runner: JobRunner) -> None:
    assert ended(qtbot, CheckService(runner).cards()) == ()
    keep_card(CARD)
    assert ended(qtbot, CheckService(runner).cards()) == (CARD,)
