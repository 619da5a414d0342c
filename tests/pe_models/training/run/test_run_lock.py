"""A lock tells whether its process lives, however that process ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from pe_models.errors import TrainingError
from pe_models.training.run.lock import RunLock, holder_of

HOLD = (
    "import sys; from pathlib import Path; from pe_models.training.run.lock import RunLock; "
    "print(RunLock(Path(sys.argv[1])).take(), flush=True); sys.stdin.read()"
)


def test_a_killed_process_lets_go_of_its_lock(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"True\n"
        assert holder_of(path) == process.pid
        assert not RunLock(path).take()
        with pytest.raises(TrainingError, match="trains here already"), RunLock(path):
            pass
        process.kill()
    assert holder_of(path) is None
    with RunLock(path):
        assert holder_of(path) is not None
    assert holder_of(path) is None


def test_where_no_lock_was_ever_taken_nobody_holds_it(tmp_path: Path) -> None:
    assert holder_of(tmp_path / "lock") is None
