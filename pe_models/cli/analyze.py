"""``pe-models analyze``: the pipeline on one series, findings as JSON."""

import argparse
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pe_models import NOTICE
from pe_models.cli import output
from pe_models.cli.scan import add_no_cache, header_cache
from pe_models.errors import BundleError, InputError, RefusedError

if TYPE_CHECKING:
    from pe_models.bundle import AnyBundle
    from pe_models.findings import Findings
    from pe_models.imaging.study import Scan, Series


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("analyze", help="run the models on a series and write findings")
    parser.add_argument("path", type=output.given_path, help="folder, DICOM file, DICOMDIR or zip")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE.json", help="where the findings go"
    )
    parser.add_argument("--series", metavar="UID", help="default: the series that suits best")
    parser.add_argument("--bundle", metavar="NAME_OR_DIR", help="default: that in use for the task")
    parser.add_argument(
        "--task", metavar="NAME", help="default: the task that suits what the slices show"
    )
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    add_no_cache(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Analyses and writes. Raises PEError where that cannot be done; nothing is written then."""
    out: Path = args.out
    _check_out(out)
    findings = _analyzed(args)
    _write_whole(out, findings.to_json() + "\n")
    if args.progress != output.ProgressMode.JSON:
        output.say("\n".join(summary_lines(findings, out)))
    output.finish(
        args.progress, out=str(out), verdict=findings.verdict, n_flags=len(findings.flags)
    )
    return 0


def choose_series(scan: "Scan", series_uid: str | None, path: Path) -> "Series":
    """The named series, or the best one. Raises InputError where there is none."""
    every = [series for study in scan.studies for series in study.series]
    if not every:
        raise InputError(f"{path} holds no images that can be read{_why_skipped(scan)}.")
    if series_uid is not None:
        named = [series for series in every if series.series_uid == series_uid]
        if not named:
            known = ", ".join(sorted({series.series_uid for series in every}))
            raise InputError(f"{path} holds no series {series_uid}; it holds {known}.")
        return min(named, key=_suitability)
    return min((study.series[0] for study in scan.studies if study.series), key=_suitability)


def summary_lines(findings: "Findings", out: Path) -> list[str]:
    """What a person reads on the terminal; the whole answer is in the file."""
    count = f"{len(findings.flags)} flag{'' if len(findings.flags) == 1 else 's'}"
    lines = [f"{_answer(findings)}; {count}."]
    if findings.task_reason:
        lines.append(f"Task {findings.task}: {findings.task_reason}")
    lines += [
        f"  slices {flag.first}-{flag.last}, peak {flag.peak}, model score {flag.score:.3f}"
        for flag in findings.flags
    ]
    lines += [f"  ! {warning.message}" for warning in findings.quality.warnings]
    seconds = findings.timing_ms["total"] / 1000
    lines.append(f"Series {findings.series_uid}")
    lines.append(f"{findings.n_slices} slices in {seconds:.1f} s on {findings.device}.")
    return [*map(output.plain, lines), output.plain(f"Findings: {out}"), NOTICE]


def _answer(findings: "Findings") -> str:
    """The verdict; of a task without one, the highest score of each label."""
    if findings.verdict is None:
        scores = (f"{label} {score.calibrated:.3f}" for label, score in findings.exam.items())
        return f"Highest model scores: {', '.join(scores)}"
    zone = f", zone {findings.zone}" if findings.zone else ""
    return f"Verdict of the model: {findings.verdict}{zone}"


def several_studies_text(n_studies: int, series: "Series") -> str:
    """Which series was taken where there is a choice: it may be another patient's."""
    return (
        f"{n_studies} studies were found, maybe of several patients; only series "
        f"{series.series_uid} is analysed. --series names another."
    )


def _analyzed(args: argparse.Namespace) -> "Findings":
    # torch takes seconds to import: a path that holds nothing is told before that
    from pe_models.imaging.read import read_volume
    from pe_models.imaging.scan import scan_path

    on_progress = output.progress_printer(args.progress)
    bundle = _asked_for(args)
    scan = scan_path(args.path, cache=header_cache(args), on_progress=on_progress)
    series = choose_series(scan, args.series, args.path)
    _require(series, bundle)
    if len(scan.studies) > 1:
        output.warn(several_studies_text(len(scan.studies), series))
    for warning in series.warnings:
        output.warn(warning.message)
    began = time.perf_counter()
    volume = read_volume(series, on_progress=on_progress)
    read_ms = 1000.0 * (time.perf_counter() - began)

    from pe_models.bundle import bundle_in_use
    from pe_models.parallel import usable_cores
    from pe_models.pipeline import Pipelines, open_pipeline, use_threads

    use_threads(usable_cores())
    if bundle is not None:
        findings = open_pipeline(bundle, args.device).run(volume, on_progress)
    else:
        pipelines = Pipelines(lambda: open_pipeline(bundle_in_use(), args.device), args.device)
        findings = pipelines.analyze(volume, on_progress=on_progress).findings
    total_ms = read_ms + findings.timing_ms["total"]
    return replace(findings, timing_ms={**findings.timing_ms, "read": read_ms, "total": total_ms})


def _asked_for(args: argparse.Namespace) -> "AnyBundle | None":
    """The bundle that was named, or that of the task that was; None where neither was."""
    from pe_models.bundle import bundle_for, bundle_in_use, load_any_bundle
    from pe_models.tasks import DEFAULT_TASK, task_for

    wanted = None if args.task is None else task_for(args.task).key
    if args.bundle is None:
        if wanted is None:
            return None
        return bundle_in_use() if wanted == DEFAULT_TASK else bundle_for(wanted)
    bundle = load_any_bundle(args.bundle)
    if wanted not in (None, bundle.task):
        raise BundleError(
            f"Bundle {bundle.name} is made for the task {bundle.task!r}, not {wanted!r}; choose "
            "another with --bundle."
        )
    return bundle


def _require(series: "Series", bundle: "AnyBundle | None") -> None:
    """Raises RefusedError by what the headers state beyond doubt, before any pixel is read."""
    from pe_models.tasks import refusal_by_all, task_for

    if bundle is not None:
        task_for(bundle.task).require(series)
    elif (reason := refusal_by_all(series)) is not None:
        raise RefusedError(reason)


def _suitability(series: "Series") -> tuple[bool, bool, bool, int, int]:
    """Smaller suits better. The rank counts within a study only, so it comes late."""
    is_ct = series.modality == "CT"
    return (
        not is_ct,
        not series.is_axial,
        not series.is_ctpa_candidate,
        series.rank,
        -series.n_slices,
    )


def _why_skipped(scan: "Scan") -> str:
    if not scan.skipped:
        return ""
    n_files = len(scan.skipped)
    files = "one file was skipped" if n_files == 1 else f"{n_files} files were skipped"
    return f" ({files}: {scan.skipped[0].reason})"


def _check_out(out: Path) -> None:
    """Told before the work, not after. Raises InputError."""
    if out.is_dir():
        raise InputError(f"{out} is a folder; --out names the file to be written.")
    if out.exists() and not out.is_file():  # as root, this would take the place of a device
        raise InputError(f"{out} is no regular file; --out names the file to be written.")
    if not out.absolute().parent.is_dir():
        raise InputError(f"The folder of {out} does not exist; make it first.")


def _write_whole(out: Path, text: str) -> None:
    """Writes ``out`` so that it appears whole or not at all."""
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
