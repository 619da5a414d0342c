"""All that is known of a series as one page of rich text, for reading and for copying."""

from collections.abc import Iterator, Sequence
from html import escape

from pe_models.imaging.study import Series
from pe_models.imaging.warnings import SeriesWarning
from pe_viewer.display.palette import PALETTE
from pe_viewer.display.series_texts import extent_text, ranking_text, series_name, warning_sign
from pe_viewer.display.texts import WARNING_TEXTS, count_text
from pe_viewer.display.warning_places import is_note


def series_page(series: Series, n_series: int) -> str:
    """A page about one of the ``n_series`` series of a study. What headers say is escaped."""
    return "".join(_parts(series, n_series))


def _parts(series: Series, n_series: int) -> Iterator[str]:
    yield _paragraph(series_name(series), size_px=15, is_strong=True)
    yield _paragraph(" · ".join(_facts(series)), colour=PALETTE.dim_text)
    yield _title(
        f"Ranked {series.rank + 1} of {n_series}"
        if n_series > 1
        else "The only series of the study"
    )
    yield _paragraph(ranking_text(series) or "Its headers say nothing for or against it")
    if not series.warnings:
        yield _title("No warnings")
        return
    yield _title(count_text(len(series.warnings), "warning", "warnings"))
    for warning in series.warnings:
        yield from _warning(warning, series)


def _facts(series: Series) -> Iterator[str]:
    """Number, extent, thickness, matrix and kernel, where they are given."""
    if series.series_number is not None:
        yield f"Series {series.series_number}"
    yield series.modality or "no modality given"
    yield extent_text(series)
    if series.slice_thickness_mm is not None:
        yield f"{series.slice_thickness_mm:g} mm thick"
    yield f"{series.rows} × {series.cols}"
    yield f"{series.geometry.spacing_mm[1]:.3g} × {series.geometry.spacing_mm[2]:.3g} mm"
    if series.kernel:
        yield f"kernel {series.kernel}"


def _warning(warning: SeriesWarning, series: Series) -> Iterator[str]:
    colour = PALETTE.text if is_note(warning) else PALETTE.bad
    name = f"{warning_sign((warning,))} {WARNING_TEXTS[warning.code]}"
    yield _paragraph(name, colour=colour, is_strong=True, above_px=8)
    yield _paragraph(warning.message)
    if warning.files:
        yield _paragraph(_named(warning.files, series), colour=PALETTE.dim_text, size_px=11)


def _named(files: Sequence[str], series: Series) -> str:
    count = count_text(len(files), "file", "files")
    is_all = set(files) == {source.file_name for source in series.slices}
    return f"All {count}" if is_all and len(files) > 1 else f"{count}: {', '.join(files)}"


def _title(text: str) -> str:
    return _paragraph(text, colour=PALETTE.dim_text, size_px=11, is_strong=True, above_px=16)


def _paragraph(
    text: str,
    *,
    colour: str = PALETTE.text,
    size_px: int = 13,
    is_strong: bool = False,
    above_px: int = 2,
) -> str:
    weight = 600 if is_strong else 400
    style = f"color: {colour}; font-size: {size_px}px; font-weight: {weight}"
    return f'<p style="margin: {above_px}px 0 2px 0; {style}">{escape(text)}</p>'
