"""A cohort that is interrupted: no process and no half study stays, and it goes on later."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pe_models.phantom.cohort import write_cohort

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc"),
]

_COHORT = {"n_studies": 4, "seed": 60, "matrix": 96, "n_slices": 48}
_COMMAND = (
    sys.executable, "-m", "pe_models", "phantom", "--studies", "4", "--seed", "60",
    "--matrix", "96", "--slices", "48", "--out",
)  # fmt: skip
_PATIENCE_S = 90.0


@contextmanager
def _running(out: Path) -> Iterator[subprocess.Popen[str]]:
    """The command, once a study of its cohort is being written."""
    with subprocess.Popen(
        [*_COMMAND, str(out)], stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            _wait_for(lambda: any((out / "train").glob(".partial-*")))
            yield process
        finally:
            process.kill()


def _wait_for(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def _descendants(pid: int) -> list[int]:
    children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return [each for child in children for each in (child, *_descendants(child))]


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_cohort_that_is_asked_to_end_leaves_no_process_and_no_half_study(
    tmp_path: Path, number: signal.Signals
) -> None:
    with _running(tmp_path / "c") as process:
        workers = _descendants(process.pid)
        if number is signal.SIGINT:
            os.killpg(process.pid, number)  # Ctrl-C reaches the whole group
        else:
            process.send_signal(number)
        _, error = process.communicate(timeout=_PATIENCE_S)
    assert process.returncode == 130
    assert error.strip().splitlines()[-1] == "Interrupted."
    assert "Traceback" not in error
    _wait_for(lambda: not any(map(_is_alive, workers)))
    assert not list((tmp_path / "c").rglob(".partial-*"))


def test_a_killed_cohort_leaves_no_process_and_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    with _running(tmp_path / "c") as process:
        workers = _descendants(process.pid)
        process.kill()
    _wait_for(lambda: not any(map(_is_alive, workers)))
    again = write_cohort(tmp_path / "c", **_COHORT)  # type: ignore[arg-type]
    whole = write_cohort(tmp_path / "whole", **_COHORT)  # type: ignore[arg-type]
    assert _bytes(again) == _bytes(whole)


def _bytes(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
