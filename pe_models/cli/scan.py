"""`pe-models scan`: what a folder, file, DICOMDIR or zip holds."""

import argparse
from typing import TYPE_CHECKING, Any, Final

from pe_models.cli import output

if TYPE_CHECKING:
    from pe_models.imaging.files.cache import HeaderCache
    from pe_models.imaging.study import Scan, Series, Study

_SCHEMA_VERSION: Final = 1


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("scan", help="what a folder, file, DICOMDIR or zip holds")
    parser.add_argument("path", type=output.given_path, help="folder, DICOM file, DICOMDIR or zip")
    parser.add_argument("--json", action="store_true", help="write the whole answer as JSON")
    add_no_cache(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Scans and prints. Raises ScanError where the path cannot be listed."""
    from pe_models.imaging.scan import scan_path

    on_progress = output.progress_printer(args.progress)
    scan = scan_path(args.path, cache=header_cache(args), on_progress=on_progress)
    if args.json:
        output.say_json(as_json(scan))
    else:
        output.say("\n".join(table_lines(scan)))
    output.finish(args.progress, n_studies=len(scan.studies), n_skipped=len(scan.skipped))
    return 0


def add_no_cache(parser: argparse.ArgumentParser) -> None:
    """The option of all commands that scan."""
    parser.add_argument(
        "--no-cache", action="store_true", help="read every header anew, and remember none"
    )


def header_cache(args: argparse.Namespace) -> "HeaderCache | None":
    """The user's HeaderCache, unless ``--no-cache`` was given."""
    from pe_models.imaging.files.cache import HeaderCache

    return None if args.no_cache else HeaderCache()


def as_json(scan: "Scan") -> dict[str, Any]:
    """The contract's JSON of a scan."""
    return {
        "schema_version": _SCHEMA_VERSION,
        "studies": [
            {
                "study_uid": study.study_uid,
                "series": [_series_json(series) for series in study.series],
            }
            for study in scan.studies
        ],
        "skipped": [{"path": str(file.path), "reason": file.reason} for file in scan.skipped],
    }


def table_lines(scan: "Scan") -> list[str]:
    """The same for people: a block a study, a line a series, then what was skipped."""
    lines: list[str] = []
    for number, study in enumerate(scan.studies, start=1):
        lines += [_study_title(number, study), *_study_lines(study), ""]
    if not scan.studies:
        lines += ["No images were found.", ""]
    if scan.skipped:
        lines.append(f"Skipped: {len(scan.skipped)}")
        lines += [f"  {file.path}: {file.reason}" for file in scan.skipped]
    return [output.plain(line) for line in lines]


def _series_json(series: "Series") -> dict[str, Any]:
    return {
        "series_uid": series.series_uid,
        "description": series.description,
        "modality": series.modality,
        "n_slices": series.n_slices,
        "n_files": series.n_files,
        "rows": series.rows,
        "cols": series.cols,
        "spacing_mm": list(series.geometry.spacing_mm),
        "transfer_syntax": series.transfer_syntax,
        "is_ctpa_candidate": series.is_ctpa_candidate,
        "rank": series.rank,
        "reasons": list(series.reasons),
        "warnings": [
            {
                "code": warning.code.value,
                "message": warning.message,
                "files": list(warning.files),
            }
            for warning in series.warnings
        ],
    }


def _study_title(number: int, study: "Study") -> str:
    title = f"Study {number}"
    return f"{title}: {study.description}" if study.description else title


def _study_lines(study: "Study") -> list[str]:
    lines = []
    for series in study.series:
        slice_mm, row_mm, col_mm = series.geometry.spacing_mm
        mark = "*" if series.is_ctpa_candidate else " "
        lines.append(
            f" {mark} {series.rank + 1:>2}  {series.description or '(no description)'}: "
            f"{series.modality or '?'}, {series.n_slices} slices of {series.rows} x {series.cols}, "
            f"{slice_mm:.2f} x {row_mm:.3f} x {col_mm:.3f} mm"
        )
        if series.reasons:
            lines.append(f"        {'; '.join(series.reasons)}")
        lines += [f"      ! {warning.message}" for warning in series.warnings]
    return lines
