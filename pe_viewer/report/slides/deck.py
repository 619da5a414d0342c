"""A deck of slides as PowerPoint opens it: what stands where on a slide, by python-pptx.

Lengths are in inches; a slide is 13.333 x 7.5 of them (16:9). python-pptx is imported where a deck
is made: it takes a fifth of a second.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from pe_models import NOTICE, SOFTWARE_NAME
from pe_viewer.report.content import Table
from pe_viewer.report.drawing.paper import PAPER

if TYPE_CHECKING:
    from pptx.slide import Slide

WIDTH: Final = 13.333
HEIGHT: Final = 7.5
LEFT: Final = 0.6
BODY_TOP: Final = 1.35
BODY_BOTTOM: Final = 6.75
BODY_WIDTH: Final = WIDTH - 2 * LEFT

_BLANK_LAYOUT: Final = 6
_ROW_HEIGHT: Final = 0.36
_LINE_HEIGHT: Final = 0.21
_CELL_PAD: Final = 0.1
_CHARACTERS_PER_INCH: Final = 11.0
"""Of text of 12 points, in a font that is rather wide."""
_EPOCH: Final = datetime(1980, 1, 1)
"""The first day that a zip can name: the date of a deck that must tell none."""

_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Voice:
    """Size in points, weight and colour (``#rrggbb``) of a text."""

    size: float
    colour: str = PAPER.text
    is_bold: bool = False


TITLE: Final = Voice(26, is_bold=True)
HEADING: Final = Voice(20, is_bold=True)
BODY: Final = Voice(14)
SMALL: Final = Voice(11, PAPER.dim_text)
CELL: Final = Voice(12)
READER_CELL: Final = Voice(12, PAPER.reader)
_FOOTER: Final = Voice(10, is_bold=True)
_FOOTER_DIM: Final = Voice(10, PAPER.dim_text)


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a slide."""

    left: float
    top: float
    width: float
    height: float


class Deck:
    """Slides, each under the same header and over the same footer with the notice."""

    def __init__(
        self, *, header: Sequence[str], software: str, title: str, created: datetime | None
    ) -> None:
        """``header`` are lines; ``created`` None dates the file by the epoch of zip, 1980."""
        from pptx import Presentation
        from pptx.util import Inches

        self._header, self._software = header, software
        self._date = (created or _EPOCH).replace(tzinfo=None)
        self._presentation = Presentation()
        self._presentation.slide_width = Inches(WIDTH)
        self._presentation.slide_height = Inches(HEIGHT)
        self._describe(title)

    def add_slide(self, heading: str, voice: Voice = HEADING) -> "Slide":
        """An empty slide with its heading, the header and the notice."""
        layout = self._presentation.slide_layouts[_BLANK_LAYOUT]
        slide = self._presentation.slides.add_slide(layout)
        add_text(slide, Box(LEFT, 0.16, BODY_WIDTH, 0.4), self._header, _FOOTER_DIM)
        add_text(slide, Box(LEFT, 0.68, BODY_WIDTH, 0.6), [heading], voice)
        return slide

    def to_bytes(self) -> bytes:
        """The file; equal bytes for equal slides. Call once: it numbers the slides."""
        slides = list(self._presentation.slides)
        for number, slide in enumerate(slides, start=1):
            words = f"{self._software}   {number}/{len(slides)}"
            add_text(slide, Box(LEFT, 6.95, 4.2, 0.3), [NOTICE], _FOOTER)
            add_text(slide, Box(4.9, 6.95, WIDTH - LEFT - 4.9, 0.3), [words], _FOOTER_DIM)
        buffer = io.BytesIO()
        self._presentation.save(buffer)
        return _without_clock(buffer.getvalue(), self._date)

    def _describe(self, title: str) -> None:
        """Replaces what the library's template says of its own author and day."""
        properties = self._presentation.core_properties
        properties.title, properties.author = title, SOFTWARE_NAME
        properties.last_modified_by, properties.comments = SOFTWARE_NAME, NOTICE
        properties.created = properties.modified = self._date
        properties.last_printed, properties.revision = self._date, 1


def add_text(slide: "Slide", box: Box, lines: Sequence[str], voice: Voice = BODY) -> None:
    """Paragraphs in one voice, wrapped in the box."""
    from pptx.dml.color import RGBColor
    from pptx.util import Inches, Pt

    shape = slide.shapes.add_textbox(
        *(Inches(n) for n in (box.left, box.top, box.width, box.height))
    )
    frame = shape.text_frame
    frame.word_wrap = True
    for margin in ("margin_left", "margin_right", "margin_top", "margin_bottom"):
        setattr(frame, margin, 0)
    for place, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(voice.size / 3)
        run = paragraph.add_run()
        run.text = in_xml(line)
        run.font.size, run.font.bold = Pt(voice.size), voice.is_bold
        run.font.color.rgb = RGBColor.from_string(voice.colour.removeprefix("#"))


def add_bar(slide: "Slide", box: Box, colour: str) -> None:
    """A filled rectangle: the mark of a voice beside its words."""
    from pptx.dml.color import RGBColor
    from pptx.enum.shapes import MSO_SHAPE
    from pptx.util import Inches

    places = (Inches(n) for n in (box.left, box.top, box.width, box.height))
    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *places)
    shape.fill.solid()
    shape.fill.fore_color.rgb = RGBColor.from_string(colour.removeprefix("#"))
    shape.line.fill.background()


def add_picture(slide: "Slide", box: Box, png: bytes, words: str) -> None:
    """A picture as large as fits in the box, centred across; ``words`` describe it to those who
    do not see it."""
    from pptx.util import Inches

    picture = slide.shapes.add_picture(io.BytesIO(png), 0, 0)
    scale = min(Inches(box.width) / picture.width, Inches(box.height) / picture.height)
    picture.width, picture.height = round(picture.width * scale), round(picture.height * scale)
    picture.left = Inches(box.left) + (Inches(box.width) - picture.width) // 2
    picture.top = Inches(box.top)
    picture._element.nvPicPr.cNvPr.set("descr", in_xml(words))


def add_table(
    slide: "Slide",
    top: float,
    table: Table,
    shares: Sequence[float],
    *,
    reader_column: int | None = None,
) -> None:
    """A table over the width of the body, its columns by ``shares`` of it.

    Columns without any name have no row of them. ``reader_column`` is set in the reader's colour.
    """
    from pptx.util import Inches

    has_head = any(table.columns)
    rows = (table.columns, *table.rows) if has_head else table.rows
    places = (Inches(n) for n in (LEFT, top, BODY_WIDTH, _ROW_HEIGHT * len(rows)))
    grid = slide.shapes.add_table(len(rows), len(table.columns), *places).table
    grid.horz_banding, grid.first_row = False, has_head
    for column, share in zip(grid.columns, shares, strict=True):
        column.width = Inches(BODY_WIDTH * share)
    for row, cells in enumerate(rows):
        is_head = has_head and row == 0
        for column_index, text in enumerate(cells):
            said = READER_CELL if column_index == reader_column else CELL
            voice = SMALL if is_head else said
            _fill_cell(
                grid.cell(row, column_index), text, voice, is_number=column_index in table.numeric
            )


def table_height(rows: Iterable[Sequence[str]], shares: Sequence[float]) -> float:
    """Inches that rows of a table take, as near as can be told before a font is chosen.

    PowerPoint lets a row grow with its text and says nothing of it in the file.
    """
    return sum(_row_height(cells, shares) for cells in rows)


def _row_height(cells: Sequence[str], shares: Sequence[float]) -> float:
    n_lines = (
        -(-len(text) // _characters_in(share)) for text, share in zip(cells, shares, strict=True)
    )
    return max(_ROW_HEIGHT, max(n_lines) * _LINE_HEIGHT + _CELL_PAD)


def _characters_in(share: float) -> int:
    return max(1, int((share * BODY_WIDTH - 2 * _CELL_PAD) * _CHARACTERS_PER_INCH))


def _fill_cell(cell: Any, text: str, voice: Voice, *, is_number: bool) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Pt

    cell.text = in_xml(text)
    cell.fill.solid()
    cell.fill.fore_color.rgb = RGBColor.from_string(PAPER.ground.removeprefix("#"))
    for paragraph in cell.text_frame.paragraphs:
        paragraph.alignment = PP_ALIGN.RIGHT if is_number else PP_ALIGN.LEFT
        paragraph.font.size, paragraph.font.bold = Pt(voice.size), False
        paragraph.font.color.rgb = RGBColor.from_string(voice.colour.removeprefix("#"))


def in_xml(text: str) -> str:
    """``text``, where characters that XML cannot carry stand by their code points."""
    return _NOT_IN_XML.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def _without_clock(package: bytes, date: datetime) -> bytes:
    """The same zip, where every entry bears ``date`` instead of the hour of writing."""
    stamp = date.timetuple()[:6]
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            is_packed = entry.filename.endswith((".png", ".jpeg"))
            info = zipfile.ZipInfo(entry.filename, stamp)
            info.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(entry))
    return buffer.getvalue()
