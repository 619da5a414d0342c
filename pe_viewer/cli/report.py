"""``pe-viewer report``: analyses a study and exports its report without a window."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from pe_models import SOFTWARE_NAME
from pe_models.cli import DONE, output
from pe_models.cli.analyze import several_studies_text
from pe_models.errors import ScanError
from pe_models.imaging.study import Scan, Series, Study
from pe_models.progress import CancelToken
from pe_viewer.cli import batch
from pe_viewer.cli.reporter import Reporter
from pe_viewer.controller.opening import best_study
from pe_viewer.controller.scanning import why_nothing_opened
from pe_viewer.display.fonts import register_fonts
from pe_viewer.display.texts import count_text
from pe_viewer.services.analysis import AnalysisWorker
from pe_viewer.services.studies import scan_paths


def run(args: argparse.Namespace) -> int:
    """Raises PEError where the path holds nothing, is refused, or cannot be exported."""
    on_progress = output.progress_printer(args.progress)
    formats = tuple(name.strip() for name in args.formats.split(",") if name.strip())
    require_formats(formats)
    application = QGuiApplication.instance() or QGuiApplication([SOFTWARE_NAME])
    register_fonts()
    scan = scan_paths([args.path], on_progress, CancelToken())
    reporter = Reporter(
        worker=AnalysisWorker(bundle=args.bundle, device=args.device),
        formats=formats,
        is_deidentified=args.deidentify,
        on_progress=on_progress,
    )
    try:
        if args.all_studies:
            return batch.run(scan, reporter, args.out, args.progress)
        return _report_one(scan, reporter, args)
    finally:
        reporter.worker.stop()
        del application


def _report_one(scan: Scan, reporter: Reporter, args: argparse.Namespace) -> int:
    study, series = choose_series(scan, args.series)
    if len(scan.studies) > 1:
        words = several_studies_text(len(scan.studies), series)
        output.warn(f"{words} --all-studies reports on each.")
    # what earlier calls wrote there is not known here
    _, result = reporter.report(study, series, args.out, may_have_namesake=True)
    _say_result(args.progress, result.files, result.omitted)
    return DONE


def choose_series(scan: Scan, series_uid: str | None) -> tuple[Study, Series]:
    """The series of that UID, or the best one. Raises ScanError where there is none."""
    if not scan.studies:
        raise ScanError(why_nothing_opened(scan.skipped))
    if series_uid is None:
        study = best_study(scan.studies)
        return study, study.series[0]
    for study in scan.studies:
        for series in study.series:
            if series.series_uid == series_uid:
                return study, series
    raise ScanError("No series here has that UID: 'pe-models scan PATH' lists those there are.")


def require_formats(formats: Sequence[str]) -> None:
    """Raises ExportError for a format that cannot be written, before the work begins."""
    from pe_viewer.report.export import expand_formats

    expand_formats(formats)


def _say_result(mode: str, files: Sequence[Path], omitted: Sequence[str]) -> None:
    if mode == output.ProgressMode.JSON:
        output.finish(mode, files=[str(path) for path in files], omitted=list(omitted))
        return
    for path in files:
        output.say(str(path))
    left_out = f" Left out: {'; '.join(omitted)}." if omitted else ""
    output.say(f"Report written: {count_text(len(files), 'file', 'files')}.{left_out}")
