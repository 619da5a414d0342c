"""An evaluation that is interrupted or killed goes on, and ends as one that was not."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pe_models.bundle import ModelBundle

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX"),
]


def start(cohort: Path, bundle: ModelBundle, out: Path) -> "subprocess.Popen[str]":
    words = ["evaluate", "--cohort", cohort, "--bundle", bundle.source, "--out", out]
    command = [sys.executable, "-m", "pe_models", *map(str, words), "--device", "cpu"]
    return subprocess.Popen(
        command,
        text=True,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def finish(cohort: Path, bundle: ModelBundle, out: Path) -> None:
    process = start(cohort, bundle, out)
    told = process.communicate(timeout=280)[1]
    assert process.returncode == 0, told


def kept(out: Path) -> list[Path]:
    return sorted(out.glob("scores/*/*/9*.json"))


def wait_for_first(out: Path, process: "subprocess.Popen[str]") -> None:
    while not kept(out):
        assert process.poll() is None, "it ended before anything was kept"
        time.sleep(0.02)


def figures(out: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((out / "metrics.json").read_text())
    del record["seconds_a_study"]
    return record


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_it_goes_on_where_it_stopped(
    cohort_file: Path, tiny_bundle: ModelBundle, tmp_path: Path, how: signal.Signals
) -> None:
    out = tmp_path / "out"
    process = start(cohort_file, tiny_bundle, out)
    wait_for_first(out, process)
    os.killpg(process.pid, how)
    told = process.communicate(timeout=120)[1]
    if how is signal.SIGINT:
        assert (process.returncode, told) == (130, "Interrupted.\n")
    before = {path: path.stat().st_mtime_ns for path in kept(out)}
    assert 1 <= len(before) < 4
    assert not (out / "metrics.json").exists()
    finish(cohort_file, tiny_bundle, out)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(kept(out)) == 4
    finish(cohort_file, tiny_bundle, tmp_path / "whole")
    assert figures(out) == figures(tmp_path / "whole")
