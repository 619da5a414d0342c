"""A disk that is full: one line, and nothing half-written stays."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("command", ["consistent", "score", "describe"])
def test_a_full_disk_ends_in_one_line(
    labels: Path, series: Path, predict, tmp_path: Path, command: str
) -> None:
    out = tmp_path / "out"
    options = {
        "consistent": ["--predictions", predict({"B1": 0.9}), "--series", series, "--out", out],
        "score": ["--predictions", predict({"B1": 0.9}), "--labels", labels, "--out", out],
        "describe": ["--labels", labels, "--out", out],
    }
    words = [sys.executable, "-m", "pe_models", command, *map(str, options[command])]
    limited = f"ulimit -f 0; exec {shlex.join(words)}"  # no file may hold a byte
    done = subprocess.run(["bash", "-c", limited], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "File too large" in done.stderr
    left = [path for path in tmp_path.rglob("*") if path.name not in
            {"train.csv", "test.csv", "submission.csv", "out"}]  # fmt: skip
    assert left == []
