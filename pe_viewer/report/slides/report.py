"""The report as slides for a meeting: what the reader says, what the model says, key images."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.report import content
from pe_viewer.report.content import form as form_content
from pe_viewer.report.content.phrases import phrases_of
from pe_viewer.report.drawing.paper import PAPER
from pe_viewer.report.drawing.track_figure import TrackFigure, track_figure
from pe_viewer.report.model import KeyImage, Report
from pe_viewer.report.pdf.blocks import TREE_HEIGHT, TREE_WIDTH, Block, Tree
from pe_viewer.report.pdf.track import TrackBlock
from pe_viewer.report.pictures.png import encode, overlay_image, plain_image
from pe_viewer.report.slides.deck import (
    BODY,
    BODY_BOTTOM,
    BODY_TOP,
    BODY_WIDTH,
    HEADING,
    LEFT,
    SMALL,
    TITLE,
    Box,
    Deck,
    Voice,
    add_bar,
    add_picture,
    add_table,
    add_text,
    table_height,
)
from pe_viewer.report.writer import Document, Rendering

if TYPE_CHECKING:
    from pptx.slide import Slide

LINES_PER_SLIDE: Final = 14
NOTES_ON_TITLE: Final = 6
_CHARACTERS_PER_LINE: Final = 105
_RUN_SHARES: Final = (0.06, 0.2, 0.2, 0.1, 0.08, 0.1, 0.26)
_MOST_TALL: Final = BODY_BOTTOM - BODY_TOP + 0.01
"""Inches of a table, with room for a sum that is no round number."""
_FACT_SHARES: Final = (0.22, 0.78)
_OWN_SHARES: Final = (0.25, 0.2, 0.1, 0.45)
_MEASURE_SHARES: Final = (0.2, 0.15, 0.65)
_READER_COLUMN: Final = 6
_READER: Final = replace(HEADING, colour=PAPER.reader)
_MODEL: Final = replace(HEADING, colour=PAPER.model)
_TRACK_WIDTH: Final = 5000.0
"""In decipoints, as on the PDF's page, so that both figures look alike."""
_TRACK_EDGE: Final = 150.0
"""Beside the plot, as the last tick's number is centred below its end."""
_FIGURE_PX: Final = 2000


def write_pptx(report: Report) -> Rendering:
    """``.pptx``: equal bytes for equal reports on one machine."""
    deck = Deck(
        header=(content.patient_line(report), content.study_line(report)),
        software=content.software_line(report),
        title=content.title(report),
        created=report.created,
    )
    _add_title(deck, report)
    _add_reader(deck, report)
    _add_model(deck, report)
    for image in report.key_images:
        _add_key_image(deck, report, image)
    _add_provenance(deck, report)
    return Rendering((Document(".pptx", deck.to_bytes()),))


def _add_title(deck: Deck, report: Report) -> None:
    slide = deck.add_slide(content.title(report), TITLE)
    facts = _fact_table(content.examination(report))
    add_table(slide, BODY_TOP, facts, _FACT_SHARES)
    below = BODY_TOP + table_height(facts.rows, _FACT_SHARES) + 0.2
    notes = [f"{'▲ ' if note.is_warning else ''}{note.text}" for note in content.quality(report)]
    room = replace(_body(), top=below, height=BODY_BOTTOM - below)
    add_text(slide, room, [*notes[:NOTES_ON_TITLE], content.created_line(report)])


def _add_reader(deck: Deck, report: Report) -> None:
    """The impression, over as many slides as it takes."""
    say = phrases_of(report)
    pieces = content.passages(content.shown_impression(report)) or ("",)
    lines = [*pieces, content.reading(report)]
    for chunk in _chunks(lines):
        slide = deck.add_slide(say("Reader"), _READER)
        add_text(slide, _voiced(slide, PAPER.reader), chunk)
    _add_form(deck, report)
    _add_table(
        deck, say("Reader: runs beside the model's"), content.own_runs(report), _OWN_SHARES, _READER
    )
    measured = form_content.measurements(report)
    _add_table(deck, say("Reader: measurements"), measured, _MEASURE_SHARES, _READER)


def _add_form(deck: Deck, report: Report) -> None:
    """The arterial tree where it has emboli; the other answers and the sign-off as a table."""
    facts, signed = form_content.form_facts(report), form_content.sign_off_facts(report)
    say = phrases_of(report)
    if report.form is not None and report.form.sites:
        slide = deck.add_slide(say("Reader: arterial tree"), _READER)
        said = [f"{fact.term}: {fact.value}" for fact in facts.of_tree]
        half = (BODY_WIDTH - 0.4) / 2
        add_text(slide, replace(_body(), width=half), said)
        beside = replace(_body(), left=LEFT + half + 0.4, width=half)
        add_picture(slide, beside, _tree_png(report, report.form.sites), " ".join(said))
    told = _fact_table((*facts.before, *facts.after, *signed))
    _add_table(deck, say("Reader: findings"), told, _FACT_SHARES, _READER)


def _fact_table(facts: Sequence[content.Fact]) -> content.Table:
    return content.Table(("", ""), tuple((fact.term, fact.value) for fact in facts))


def _add_model(deck: Deck, report: Report) -> None:
    slide = deck.add_slide(phrases_of(report)("Model"), _MODEL)
    box = _voiced(slide, PAPER.model)
    statement = replace(BODY, size=18, colour=PAPER.model, is_bold=True)
    add_text(slide, replace(box, height=0.4), [content.verdict(report)], statement)
    if report.findings is None:
        return
    below = replace(box, top=box.top + 0.5, height=1.2)
    add_text(slide, below, content.verdict_notes(report.findings, phrases_of(report)), SMALL)
    figure = track_figure(report)
    if figure is not None:
        place = replace(box, top=box.top + 1.9, height=BODY_BOTTOM - box.top - 1.9)
        add_picture(slide, place, _track_png(report, figure), figure.caption)
    title, runs = phrases_of(report)("Model: flagged runs"), content.flagged_runs(report)
    _add_table(deck, title, runs, _RUN_SHARES, _MODEL, reader_column=_READER_COLUMN)


def _add_key_image(deck: Deck, report: Report, image: KeyImage) -> None:
    """The slice at the left; at its right the same under its map, where there is one."""
    title = content.key_image_title(report, image)
    slide = deck.add_slide(title)
    words = f"{content.position(report, image.slice_index)}. {title}"
    software, overlay = content.software_line(report), overlay_image(report, image)
    half = (BODY_WIDTH - 0.2) / 2
    width = BODY_WIDTH if overlay is None else half
    place = Box(LEFT, BODY_TOP, width, BODY_BOTTOM - BODY_TOP)
    add_picture(slide, place, encode(plain_image(report, image), software), words)
    if overlay is not None:
        beside = replace(place, left=LEFT + half + 0.2)
        described = f"{words}. {phrases_of(report)('With the activation map')}"
        add_picture(slide, beside, encode(overlay, software), described)


def _add_provenance(deck: Deck, report: Report) -> None:
    facts = content.identifiers(report)
    if report.findings is not None:
        facts = (*content.provenance(report.findings, phrases_of(report)), *facts)
    title = "Where the model's words come from" if report.findings else "Identifiers"
    _add_table(deck, phrases_of(report)(title), _fact_table(facts), _FACT_SHARES, HEADING)


def _add_table(
    deck: Deck,
    title: str,
    table: content.Table,
    shares: Sequence[float],
    voice: Voice,
    *,
    reader_column: int | None = None,
) -> None:
    """Nothing for a table without rows; a long one goes on over further slides."""
    for rows in _rows_by_slide(table, shares):
        slide = deck.add_slide(title, voice)
        part = replace(table, rows=rows)
        add_table(slide, BODY_TOP, part, shares, reader_column=reader_column)


def _rows_by_slide(
    table: content.Table, shares: Sequence[float]
) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Rows in groups that each fit on a slide, under the names of the columns."""
    rows: list[tuple[str, ...]] = []
    head = (table.columns,) if any(table.columns) else ()
    for cells in table.rows:
        tall = table_height((*head, *rows, cells), shares)
        if rows and tall > _MOST_TALL:
            yield tuple(rows)
            rows = []
        rows.append(cells)
    if rows:
        yield tuple(rows)


def _voiced(slide: "Slide", colour: str) -> Box:
    """Marks the body as one voice's, and gives the room beside the mark."""
    add_bar(slide, Box(LEFT, BODY_TOP, 0.06, BODY_BOTTOM - BODY_TOP), colour)
    body = _body()
    return replace(body, left=body.left + 0.25, width=body.width - 0.25)


def _body() -> Box:
    return Box(LEFT, BODY_TOP, BODY_WIDTH, BODY_BOTTOM - BODY_TOP)


def _chunks(lines: Sequence[str]) -> list[list[str]]:
    """Lines in groups that each fit on a slide; a longer line is cut between words."""
    chunks: list[list[str]] = [[]]
    room = LINES_PER_SLIDE
    most = LINES_PER_SLIDE * _CHARACTERS_PER_LINE
    pieces = (piece for line in lines for piece in (textwrap.wrap(line, most) or [""]))
    for piece in pieces:
        needed = max(1, -(-len(piece) // _CHARACTERS_PER_LINE))
        if needed > room and chunks[-1]:
            chunks.append([])
            room = LINES_PER_SLIDE
        chunks[-1].append(piece)
        room -= needed
    return chunks


def _track_png(report: Report, figure: TrackFigure) -> bytes:
    """The PDF's track as a picture on white."""
    block = TrackBlock(figure)
    tall = block.height(_TRACK_WIDTH)
    image = _painted(block, _TRACK_WIDTH, tall, edge=_TRACK_EDGE, ground=PAPER.ground)
    return encode(image, content.software_line(report))


def _tree_png(report: Report, sites: Mapping[ArterialSite, Occlusion]) -> bytes:
    """The PDF's arterial tree as a picture on the reader's ground."""
    tree = Tree(sites)
    image = _painted(tree, TREE_WIDTH, TREE_HEIGHT, edge=0.0, ground=PAPER.reader_fill)
    return encode(image, content.software_line(report))


def _painted(block: Block, width: float, tall: float, *, edge: float, ground: str) -> QImage:
    """A block of the PDF's pages as an image, with ``edge`` free at its right; in decipoints."""
    scale = _FIGURE_PX / (width + edge)
    image = QImage(_FIGURE_PX, round(tall * scale), QImage.Format.Format_RGB32)
    image.fill(ground)
    painter = QPainter(image)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(scale, scale)
        block.paint(painter, QRectF(0.0, 0.0, width, tall))
    finally:
        painter.end()
    return image
