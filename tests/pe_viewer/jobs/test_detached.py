"""Processes that outlive the window give way to it, as a whole."""

import os
import sys
import time
from pathlib import Path

import pytest

from pe_models.progress import CancelToken
from pe_viewer.jobs.detached import DetachedProcesses, answer_of, end_at_once

SLEEPING = ("-c", "import time; time.sleep(600)")
NICENESS = 15


@pytest.mark.skipif(sys.platform == "win32", reason="niceness is POSIX")
def test_a_detached_process_leads_a_session_and_is_nicer(tmp_path: Path) -> None:
    process = DetachedProcesses().start(SLEEPING, tmp_path / "log")
    niceness = os.getpriority(os.PRIO_PROCESS, process.pid)
    leads = os.getsid(process.pid) == process.pid
    end(process.pid)
    assert (niceness, leads) == (NICENESS, True)


@pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="this system does not weigh sessions"
)
def test_the_session_of_a_detached_process_is_nicer_too(tmp_path: Path) -> None:
    said = ""
    for _ in range(20):  # Linux lets a user weigh ten sessions a second, on the whole machine
        process = DetachedProcesses().start(SLEEPING, tmp_path / "log")
        said = Path(f"/proc/{process.pid}/autogroup").read_text()
        end(process.pid)
        if f"nice {NICENESS}" in said:
            return
        time.sleep(0.15)
    pytest.fail(f"the session stayed as it was: {said}")


@pytest.mark.skipif(sys.platform == "win32", reason="niceness is POSIX")
def test_a_check_gives_way_to_the_window() -> None:
    code = "import os, time; time.sleep(0.3); print(os.getpriority(os.PRIO_PROCESS, 0))"
    assert int(answer_of(("-c", code), CancelToken())) == NICENESS


def end(pid: int) -> None:
    end_at_once(pid)
    DetachedProcesses().reap()
