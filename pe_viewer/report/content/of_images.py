"""What stands at pictures: why a slice is shown, where it lies, how to read its map."""

from math import isnan
from typing import Final

from pe_viewer.display import texts
from pe_viewer.display.orientation import position_axis
from pe_viewer.report.content.phrases import Phrases, phrases_of
from pe_viewer.report.content.window_words import of_window
from pe_viewer.report.model import KeyImage, KeyImageKind, Report

COLOURS_NOTE: Final = "The colours mean the same on every slice."


def key_image_title(report: Report, image: KeyImage) -> str:
    """Why this slice is shown."""
    say = phrases_of(report)
    if image.kind is KeyImageKind.LEVEL:
        return say("Representative level: {level}", level=say(image.level))
    flag = next((f for number, f in report.numbered_flags if number == image.flag_number), None)
    of_reader = "" if image.kind is KeyImageKind.FLAG else say(image.kind.capitalize())
    if flag is None:
        return of_reader
    number, shown = image.flag_number, say.number(texts.score_text(flag.score))
    score = say("Flag {number}, model score {score}", number=number, score=shown)
    decision = say(texts.DECISION_TEXTS[report.review.state_of(flag)])
    decided = say("reader: {decision}", decision=decision)
    return " · ".join(part for part in (of_reader, score, decided) if part)


def key_images_notes(report: Report) -> tuple[str, ...]:
    """What the choice of key images leaves unsaid, and how to read an overlay."""
    say = phrases_of(report)
    if not report.key_images:
        return (say("The pixels were not available; no key images."),)
    notes = []
    if report.key_images[0].kind is KeyImageKind.LEVEL:
        notes.append(say("Nothing is flagged or marked: three fixed levels, for orientation only."))
    if report.n_flags_unpictured:
        runs = texts.count_text(report.n_flags_unpictured, "flagged run", "flagged runs")
        notes.append(of_window(f"{runs} more in the table only.", say))
    maps = [image.heatmap for image in report.key_images if image.heatmap is not None]
    if maps:
        methods = dict.fromkeys(heatmap.method for heatmap in maps)
        notes.append(" ".join([*(_caution(method, say) for method in methods), say(COLOURS_NOTE)]))
    return tuple(notes)


def _caution(method: str, say: Phrases) -> str:
    """How an overlay is to be read, as the window says it: ``Clot map: where the model ...``."""
    caution = say(texts.overlay_caution(method))
    small = f"{caution[:1].lower()}{caution[1:]}"
    return f"{say(texts.method_text(method))}: {small}."


def position(report: Report, slice_index: int) -> str:
    """``Im 183/275  z -112.5 mm``; a radiograph lies at no position along the patient."""
    source, n_slices, say = report.source(slice_index), report.series.n_slices, phrases_of(report)
    if report.series.is_radiograph:
        return say.place(texts.slice_of_text(slice_index, source.instance_number, n_slices))
    axis = position_axis(report.series.geometry)
    place = texts.position_text(
        slice_index, source.instance_number, n_slices, source.position_mm, axis=axis
    )
    return say.number(say.place(place))


def slice_words(report: Report, slice_index: int, score: float) -> str:
    """One slice of the track in words; NaN is no score."""
    say = phrases_of(report)
    shown = "" if isnan(score) else say.number(texts.score_text(score))
    said = say("  model score {score}", score=shown) if shown else ""
    return f"{position(report, slice_index)}{said}"
