"""Damaged files end in no more than a message; the fuzzing itself would notice if they did not."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent

SUBJECTS = """
import os, time
from pathlib import Path

def ends_the_process(folder):
    os.abort()

def never_answers(folder):
    while True:
        time.sleep(1)

def fills_the_memory(folder):
    bytearray(b"x") * (700 << 20)

def asks_for_too_much(folder):
    bytearray(1 << 40)

def raises(folder):
    raise OverflowError("cannot convert float infinity to integer")

def looks(folder):
    assert sorted(folder.iterdir())
"""


def fuzz(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(HERE), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)


@pytest.fixture
def subjects(tmp_path: Path) -> Path:
    file = tmp_path / "subjects.py"
    file.write_text(SUBJECTS, encoding="utf-8")
    return file


def test_damaged_files_are_read_or_named_for_some_seconds(tmp_path: Path) -> None:
    done = fuzz("--seconds", 5, "--seed", 20261121, "--keep", tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 findings" in done.stdout


@pytest.mark.long
def test_damaged_files_are_read_or_named_for_two_minutes(tmp_path: Path) -> None:
    done = fuzz("--seconds", 120, "--keep", tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_encoding_that_is_read_is_fuzzed() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import seeds\n"
        "from pe_models.imaging.encodings.codecs import SYNTAXES\n"
        "made = {parts.transfer_syntax for seed in seeds.all_seeds() for parts in seed.files}\n"
        "print(sorted(made ^ set(SYNTAXES)))"
    )
    command = [sys.executable, "-c", script, str(HERE)]

    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize(
    ("subject", "finding"),
    [
        ("ends_the_process", "SIGABRT at subjects.py:6"),
        ("fills_the_memory", "memory: grew by"),
        ("asks_for_too_much", "MemoryError at subjects.py:16"),
        ("raises", "OverflowError at subjects.py:19: cannot convert float infinity"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux alone")
def test_what_a_person_would_suffer_from_is_a_finding(
    subjects: Path, tmp_path: Path, subject: str, finding: str
) -> None:
    kept = tmp_path / "kept"

    done = fuzz(
        *("--seconds", 1.5, "--seed", 7, "--workers", 1, "--keep", kept),
        *("--subject", f"{subjects}:{subject}"),
    )

    assert done.returncode == 1
    assert f"7/0 {finding}" in done.stdout
    assert finding in (kept / "7-0.txt").read_text(encoding="utf-8")
    assert list((kept / "7-0").iterdir())


@pytest.mark.long
def test_a_case_without_an_answer_is_a_finding(subjects: Path, tmp_path: Path) -> None:
    done = fuzz(
        *("--seconds", 12, "--seed", 7, "--workers", 1, "--keep", tmp_path / "kept"),
        *("--subject", f"{subjects}:never_answers"),
    )

    assert done.returncode == 1
    assert "7/0 hang: no answer for 10 s" in done.stdout


def test_a_run_without_findings_ends_well(subjects: Path, tmp_path: Path) -> None:
    done = fuzz("--seconds", 0.5, "--keep", tmp_path / "kept", "--subject", f"{subjects}:looks")

    assert done.returncode == 0
    assert not (tmp_path / "kept").exists()


def test_a_case_is_opened_again_by_its_seed_and_number(subjects: Path) -> None:
    again = ("--seed", 7, "--case", 3, "--subject")

    assert fuzz(*again, f"{subjects}:looks").returncode == 0
    failed = fuzz(*again, f"{subjects}:raises")
    assert failed.returncode == 1
    assert "Traceback" in failed.stderr
