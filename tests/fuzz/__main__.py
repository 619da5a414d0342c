"""Fuzzing of what opens CTs: ``python3 run.py fuzz [--seconds 60] [--seed N]``.

Small CTs in every encoding are damaged in every way that we could think of, and opened. The end of
the process, no answer for 10 s, memory beyond bounds, an exception that is no PEError, or a
miscounted file is a finding: its files are kept, one line says what was wrong, and the exit status
is 1. The same seed makes the same cases: ``--seed N --case M`` opens one again, with its traceback.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cases import case
from seeds import all_seeds
from supervisor import Finding, Report, supervise
from worker import load_subject, work, write_case

HERE: Final = Path(__file__).resolve().parent


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.worker:
        work(options)
        return 0
    if options.seed is None:
        options.seed = random.randrange(1 << 30)
    if options.case is not None:
        return _open_again(options)
    return _fuzz(options)


def _fuzz(options: argparse.Namespace) -> int:
    print(f"Fuzzing for {options.seconds:g} s with seed {options.seed}", flush=True)
    report = Report()
    began = time.monotonic()
    for finding in supervise(
        subject=options.subject,
        seed=options.seed,
        seconds=options.seconds,
        n_workers=options.workers,
        report=report,
    ):
        kept = _keep(finding, options)
        print(f"{options.seed}/{finding.number} {finding.message} ({kept})", flush=True)
    a_second = report.n_cases / (time.monotonic() - began)
    print(f"{report.n_cases} cases ({a_second:.0f} a second), {len(report.findings)} findings")
    for kind, count in report.counts.most_common():
        print(f"  {count} x {kind}")
    return 1 if report.findings else 0


def _keep(finding: Finding, options: argparse.Namespace) -> Path:
    """The files of the case, for whoever mends it."""
    folder = Path(options.keep, f"{options.seed}-{finding.number}")
    write_case(folder, case(all_seeds(), options.seed, finding.number))
    (folder.parent / f"{folder.name}.txt").write_text(f"{finding.message}\n", encoding="utf-8")
    return folder


def _open_again(options: argparse.Namespace) -> int:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        write_case(folder / "case", case(all_seeds(), options.seed, options.case))
        warnings.simplefilter("error")  # as in the workers
        load_subject(options.subject)(folder / "case")
    finally:
        shutil.rmtree(folder)
    print("nothing is wrong with this case")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default: 60)")
    parser.add_argument("--seed", type=int, help="default: another one each time")
    parser.add_argument("--case", type=int, help="open this case alone, in this process")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--keep", default="fuzz-findings", metavar="DIR", help="where findings go (fuzz-findings)"
    )
    parser.add_argument(
        "--subject", default=f"{HERE / 'subject.py'}:open_folder", help=argparse.SUPPRESS
    )
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--step", type=int, default=1, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
