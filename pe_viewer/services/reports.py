"""Writing reports, in the export lane. The writers are imported there, after the first paint."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pe_models.findings import Findings, Heatmap
from pe_models.imaging.study import Series, Study
from pe_models.imaging.volume import Volume
from pe_models.progress import CancelToken
from pe_viewer.display.coverage import Coverage
from pe_viewer.jobs import Job, JobRunner, Lane
from pe_viewer.review import Review

if TYPE_CHECKING:
    from pe_viewer.report.export import ExportResult
    from pe_viewer.report.model import Report

ALL_FORMATS: Final = ("all",)


@dataclass(frozen=True, slots=True, eq=False)
class ReportRequest:
    """What a report is made from. ``findings`` None gives a report without analysis, ``coverage``
    None one that nobody read for; with ``may_have_namesake`` its files are told from all others."""

    study: Study
    series: Series
    volume: Volume
    findings: Findings | None = None
    heatmaps: tuple[Heatmap, ...] = ()
    review: Review = field(default_factory=Review)
    is_deidentified: bool = False
    coverage: Coverage | None = None
    may_have_namesake: bool = False


class ReportService:
    """Starts the writing of reports. GUI thread."""

    def __init__(self, runner: JobRunner) -> None:
        self._runner = runner

    def write(self, request: ReportRequest, folder: Path, formats: Sequence[str]) -> Job:
        """A job that ends in the ExportResult; a format with nothing to show is left out."""
        return self._runner.start(
            Lane.EXPORT,
            "write report",
            lambda on_progress, cancel: _write_what_there_is(request, folder, formats, cancel),
        )


def write_report(request: ReportRequest, folder: Path, formats: Sequence[str]) -> "ExportResult":
    """Builds the report and writes it. Raises ExportError; nothing half-written stays."""
    from pe_viewer.report.export import export

    return export(report_of(request), folder, formats)


def _write_what_there_is(
    request: ReportRequest, folder: Path, formats: Sequence[str], cancel: CancelToken
) -> "ExportResult":
    from pe_viewer.report.export import export_what_there_is

    return export_what_there_is(report_of(request), folder, formats, cancel)


def report_of(request: ReportRequest) -> "Report":
    """The report as of now. Raises ExportError where UIDs cannot be replaced."""
    from pe_viewer.report.build import build_report

    return build_report(
        request.study,
        request.series,
        request.volume,
        request.findings,
        request.heatmaps,
        request.review,
        created=datetime.now().astimezone(),
        deidentify=request.is_deidentified,
        coverage=request.coverage,
        may_have_namesake=request.may_have_namesake,
    )
