"""Report -> files in a folder: all formats rendered first, then each file whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pe_models.errors import ExportError
from pe_models.progress import CancelToken
from pe_viewer.report.dicom.encapsulated_pdf import write_encapsulated_pdf
from pe_viewer.report.dicom.key_objects import write_key_objects
from pe_viewer.report.dicom.parametric_map import write_parametric_maps
from pe_viewer.report.dicom.presentation_state import write_presentation_states
from pe_viewer.report.dicom.secondary_capture import write_secondary_captures
from pe_viewer.report.dicom.segmentation import write_segmentation
from pe_viewer.report.dicom.structured_report import write_structured_report
from pe_viewer.report.fhir.bundle import write_fhir
from pe_viewer.report.files import write_together
from pe_viewer.report.html.page import write_html
from pe_viewer.report.model import Report
from pe_viewer.report.pdf.document import write_pdf
from pe_viewer.report.pictures.cine import write_cine
from pe_viewer.report.pictures.png import write_png
from pe_viewer.report.slides.report import write_pptx
from pe_viewer.report.tables.csv_report import write_csv
from pe_viewer.report.tables.json_report import write_json
from pe_viewer.report.writer import Rendering, Writer

WRITERS: Final = MappingProxyType[str, Writer](
    {
        "pdf": write_pdf,
        "html": write_html,
        "json": write_json,
        "csv": write_csv,
        "pptx": write_pptx,
        "png": write_png,
        "cine": write_cine,
        "fhir": write_fhir,
        "sr": write_structured_report,
        "pmap": write_parametric_maps,
        "seg": write_segmentation,
        "key": write_key_objects,
        "gsps": write_presentation_states,
        "sc": write_secondary_captures,
        "dicompdf": write_encapsulated_pdf,
    }
)
"""Every format that can be written, in the order of ``all``. A new writer joins here."""

ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class ExportResult:
    """The files written, and in words what had nothing to show."""

    files: tuple[Path, ...]
    omitted: tuple[str, ...] = ()


def export(report: Report, out: Path, formats: Sequence[str]) -> ExportResult:
    """Writes ``report`` into the folder ``out``, made where it is absent.

    Files are named ``<format>-<last 8 of the study UID>...``, with the last 8 of the series UID
    where the study has several series, and replace those of an earlier export. ``formats`` are keys
    of ``WRITERS``, or ``all``, which leaves out what has nothing to show and names it. Raises
    ExportError for an unknown format, for one asked by name that has nothing to show, and for a
    folder that cannot be written; then nothing new stays there.
    """
    renderings = render(report, formats)
    if ALL not in formats:
        _refuse_empty(renderings)
    return _write(report, out, renderings)


def export_what_there_is(
    report: Report, out: Path, formats: Sequence[str], cancel: CancelToken
) -> ExportResult:
    """As ``export``, but leaves out and names any format that has nothing to show.

    Raises ExportError where none of them has, and Cancelled until the files take their places.
    """
    renderings = render(report, formats, cancel)
    if not any(rendering.documents for rendering in renderings.values()):
        _refuse_empty(renderings)
    return _write(report, out, renderings, cancel)


def render(
    report: Report, formats: Sequence[str], cancel: CancelToken | None = None
) -> dict[str, Rendering]:
    """The documents of each format, in memory.

    Raises ExportError for an unknown format, and Cancelled between two of them.
    """
    token, renderings = cancel or CancelToken(), {}
    for name in expand_formats(formats):
        token.raise_if_cancelled()
        renderings[name] = WRITERS[name](report)
    return renderings


def _write(
    report: Report,
    out: Path,
    renderings: Mapping[str, Rendering],
    cancel: CancelToken | None = None,
) -> ExportResult:
    contents = {
        f"{name}-{report.file_tail}{document.ending}": document.content
        for name, rendering in renderings.items()
        for document in rendering.documents
    }
    files = write_together(out, contents, cancel)
    omitted = tuple(text for rendering in renderings.values() for text in rendering.omitted)
    return ExportResult(files, omitted)


def expand_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """The names of writers, each once. Raises ExportError for none or one not available."""
    names = tuple(WRITERS) if ALL in formats else tuple(dict.fromkeys(formats))
    unknown = [name for name in names if name not in WRITERS]
    if unknown or not names:
        problem = f"Not available: {', '.join(unknown)}." if unknown else "No format was named."
        raise ExportError(f"{problem} A report can be written as {', '.join(WRITERS)}, or all.")
    return names


def _refuse_empty(renderings: Mapping[str, Rendering]) -> None:
    for name, rendering in renderings.items():
        if not rendering.documents:
            reason = "; ".join(rendering.omitted)
            raise ExportError(f"Nothing was exported, as {name} has nothing to show: {reason}.")
