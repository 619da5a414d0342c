"""A worker: opens case after case, and says so, until its time is over or something is wrong.

It writes a line before each case (its number) and after a finding (``! number kind: message``), so
that whoever watches knows which case ended or stopped it.
"""

import argparse
import contextlib
import faulthandler
import importlib.util
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cases import case
from seeds import Seed, all_seeds

with contextlib.suppress(ImportError):  # Windows has none; memory is not watched there
    import resource

MAX_GROWTH_BYTES: Final = 512 << 20
"""How much memory one case may take; its files are of some kilobytes."""

_ADDRESS_SPACE_BYTES: Final = 2 << 30

Subject = Callable[[Path], None]


def work(options: argparse.Namespace) -> None:
    """Cases ``first``, ``first + step``, ... for ``options.seconds``."""
    seeds = all_seeds()
    subject = load_subject(options.subject)
    faulthandler.enable()
    until = time.monotonic() + options.seconds
    number = options.first
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        _limit_memory()
        while time.monotonic() < until:
            _say(f"{number}")
            if not _survives(subject, seeds, options.seed, number, Path(folder, "case")):
                return
            number += options.step


def load_subject(name: str) -> Subject:
    """The function that ``FILE.py:FUNCTION`` names."""
    file, _, function = name.rpartition(":")
    spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    subject: Subject = getattr(module, function)
    return subject


def write_case(folder: Path, files: dict[str, bytes]) -> None:
    """Writes the files of a case in ``folder``, and nothing else stands there afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _survives(
    subject: Subject, seeds: tuple[Seed, ...], seed: int, number: int, folder: Path
) -> bool:
    """Whether this process can go on after the case: False where its memory has grown too far."""
    write_case(folder, case(seeds, seed, number))
    before = _peak_bytes()
    try:
        subject(folder)
    except Exception as error:  # noqa: BLE001 - a finding, whatever it is
        _say(f"! {number} {signature(error)}")
    growth = _peak_bytes() - before
    if growth > MAX_GROWTH_BYTES:
        _say(f"! {number} memory: grew by {growth >> 20} MB")
    return growth <= MAX_GROWTH_BYTES // 4


def signature(error: Exception) -> str:
    """One line: the kind of the error, where it was raised in our code, and what it says."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "pe_models" in frame.filename] or list(frames)
    where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    return f"{type(error).__name__} at {where}: {' '.join(str(error).split())[:200]}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _peak_bytes() -> int:
    if "resource" not in sys.modules:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _limit_memory() -> None:
    """A case that asks for far too much fails at once instead of filling the machine."""
    if sys.platform != "linux":
        return
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + _ADDRESS_SPACE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
