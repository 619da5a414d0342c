"""Writing the report of the series in view."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from pe_viewer.display.coverage import coverage_of
from pe_viewer.display.texts import count_text
from pe_viewer.jobs import Job
from pe_viewer.library.series_id import key_of_study
from pe_viewer.report.choice import ExportChoice
from pe_viewer.report.naming import has_namesake, has_parts_elsewhere
from pe_viewer.services.reports import ALL_FORMATS, ReportRequest, ReportService
from pe_viewer.state import Activity, Phase, ReviewSnapshot, ReviewState

if TYPE_CHECKING:
    from pe_viewer.report.export import ExportResult


class Exporting(QObject):
    """Answers requests for a report, one at a time. ``folder_needed`` asks where it is to go."""

    folder_needed = Signal()

    def __init__(self, state: ReviewState, service: ReportService) -> None:
        super().__init__()
        self._state = state
        self._service = service
        self._job: Job | None = None
        self._study_key = ""

    @property
    def can_export(self) -> bool:
        """Whether there is a loaded series and no report is being written."""
        return self._job is None and self._state.snapshot.volume is not None

    def ask_for_folder(self) -> None:
        """Asks where to write, or says why there can be no report now."""
        if self.can_export:
            self.folder_needed.emit()
        else:
            self._explain_refusal()

    def export(self, folder: Path, formats: tuple[str, ...] = ALL_FORMATS) -> None:
        """Writes the report into ``folder``; what was written is told in the notice."""
        self.export_chosen(ExportChoice(folder, formats))

    def export_chosen(self, choice: ExportChoice) -> None:
        """The same, with formats and de-identification as the reader chose them."""
        request = request_of(self._state.snapshot, is_deidentified=choice.is_deidentified)
        if not self.can_export or request is None:
            self._explain_refusal()
            return
        self._study_key = key_of_study(request.study)
        self._job = self._service.write(request, choice.folder, choice.formats)
        self._job.succeeded.connect(self._on_written)
        self._job.failed.connect(self._on_failed)
        self._job.cancelled.connect(self._on_cancelled)
        self._state.update(exporting=Activity(Phase.RUNNING, "Writing the report"), notice="")

    def cancel(self) -> bool:
        """False where no report is being written."""
        if self._job is None:
            return False
        self._job.cancel()
        return True

    def _explain_refusal(self) -> None:
        if self._job is not None:
            self._state.update(notice="A report is being written")
        elif self._state.snapshot.series is None:
            self._state.update(notice="Open a study first")
        else:
            self._state.update(notice="The report needs all slices: wait until they have come")

    def _on_written(self, result: "ExportResult") -> None:
        self._job = None
        omitted = f"; left out: {', '.join(result.omitted)}" if result.omitted else ""
        notice = f"Report written: {count_text(len(result.files), 'file', 'files')}{omitted}"
        self._state.update(exporting=Activity(Phase.DONE), notice=self._of_its_study(notice))

    def _on_failed(self, message: str) -> None:
        self._job = None
        failed = Activity(Phase.FAILED, message=self._of_its_study(message))
        self._state.update(exporting=failed, notice="")

    def _on_cancelled(self) -> None:
        self._job = None
        notice = self._of_its_study("No report was written")
        self._state.update(exporting=Activity(Phase.CANCELLED), notice=notice)

    def _of_its_study(self, words: str) -> str:
        """``words``, which must not seem to speak of another patient who is in view by now."""
        study = self._state.snapshot.study
        if study is not None and key_of_study(study) == self._study_key:
            return words
        return f"The study that was open before: {words}"


def request_of(snapshot: ReviewSnapshot, *, is_deidentified: bool) -> ReportRequest | None:
    """What a report of the series in view is made from; None while its slices are coming."""
    study, series, volume = snapshot.study, snapshot.series, snapshot.volume
    if study is None or series is None or volume is None:
        return None
    return ReportRequest(
        study=study,
        series=series,
        volume=volume,
        findings=snapshot.findings,
        heatmaps=snapshot.heatmaps,
        review=snapshot.review,
        is_deidentified=is_deidentified,
        coverage=coverage_of(snapshot.viewed, snapshot.flags),
        may_have_namesake=(
            has_namesake(study, _known_studies(snapshot))
            or has_parts_elsewhere(study, ((e.study_key, e.n_series) for e in snapshot.library))
        ),
    )


def _known_studies(snapshot: ReviewSnapshot) -> Iterator[tuple[str, str]]:
    """(key, UID) of what is open and of what was opened before."""
    yield from ((key_of_study(study), study.study_uid) for study in snapshot.studies)
    yield from ((entry.study_key, entry.study_uid) for entry in snapshot.library)
