"""One series: read, analysed and exported, without a window."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pe_models.findings import Findings
from pe_models.imaging.reading.loading_order import LoadingOrder
from pe_models.imaging.study import Series, Study
from pe_models.progress import CancelToken, OnProgress
from pe_viewer.services.analysis import AnalysisWorker
from pe_viewer.services.reports import ReportRequest, write_report
from pe_viewer.services.studies import load_series

if TYPE_CHECKING:
    from pe_viewer.report.export import ExportResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """How every series of one command is reported on. Its owner stops the worker."""

    worker: AnalysisWorker
    formats: Sequence[str]
    is_deidentified: bool
    on_progress: OnProgress

    def report(
        self, study: Study, series: Series, out: Path, *, may_have_namesake: bool = False
    ) -> tuple[Findings, "ExportResult"]:
        """``may_have_namesake``: files of other images may go to ``out``, too.

        Raises PEError where it cannot be read, is refused, or cannot be exported.
        """
        opened = load_series(
            series, LoadingOrder(series.n_slices), None, self.on_progress, CancelToken()
        )
        try:
            answer = self.worker.analyze(opened, on_progress=self.on_progress, cancel=CancelToken())
            request = ReportRequest(
                study=study,
                series=opened.series,
                volume=opened.volume,
                findings=answer.findings,
                heatmaps=answer.heatmaps,
                is_deidentified=self.is_deidentified,
                may_have_namesake=may_have_namesake,
            )
            return answer.findings, write_report(request, out, self.formats)
        finally:
            opened.buffer.close()
