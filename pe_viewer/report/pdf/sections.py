"""The sections of the PDF, in the order of reading: each a run of blocks."""

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import Qt

from pe_models.findings import Findings
from pe_viewer.draft.words import FormWords
from pe_viewer.report import content
from pe_viewer.report.content import form as form_content
from pe_viewer.report.content.phrases import Phrases, phrases_of
from pe_viewer.report.drawing.key_images import overlay_picture, plain_picture
from pe_viewer.report.drawing.paper import PAPER
from pe_viewer.report.drawing.picture import Picture
from pe_viewer.report.drawing.track_figure import track_figure
from pe_viewer.report.model import Report
from pe_viewer.report.pdf.blocks import (
    TREE_WIDTH,
    Beside,
    Block,
    Cell,
    FactLine,
    Marked,
    Paragraph,
    PictureRow,
    Row,
    Space,
    Stack,
    Tree,
    Voiced,
)
from pe_viewer.report.pdf.text import (
    BODY,
    HEADING,
    SAID,
    SMALL,
    STATEMENT,
    STRONG,
    TITLE,
    TextStyle,
)
from pe_viewer.report.pdf.track import TrackBlock

_RUN_SHARES: Final = (0.07, 0.17, 0.19, 0.1, 0.09, 0.1, 0.28)
_OWN_SHARES: Final = (0.25, 0.2, 0.1, 0.45)
_LABEL_SHARES: Final = (0.4, 0.13, 0.15, 0.15, 0.17)
_MEASURE_SHARES: Final = (0.2, 0.15, 0.65)
_READER_COLUMN: Final = 6

_GAP: Final = Space(110.0)
_INSET: Final = Space(70.0)


def sections(report: Report) -> tuple[Sequence[Block], ...]:
    """Title, examination, the reader, the model, key images, appendix. Lengths in decipoints."""
    return (
        [
            Paragraph(content.title(report), TITLE),
            Paragraph(content.created_line(report), SMALL),
            _GAP,
        ],
        _examination(report),
        _voiced(_reader(report), PAPER.reader, PAPER.reader_fill),
        _voiced(_model(report), PAPER.model, PAPER.model_fill),
        _key_images(report),
        _appendix(report),
    )


def _examination(report: Report) -> list[Block]:
    facts = [FactLine(fact) for fact in content.examination(report)]
    notes = [Marked(note.text, note.is_warning) for note in content.quality(report)]
    return [_heading(report, "Examination"), *facts, Space(40.0), *notes, _GAP]


def _reader(report: Report) -> list[Block]:
    own = content.own_runs(report)
    return [
        _heading(report, "Reader", PAPER.reader),
        *_impression(report),
        *_form(report),
        Paragraph(content.reading(report), SMALL),
        *(_table(own, _OWN_SHARES) if own.rows else ()),
        *_measurements(report),
        *_facts(form_content.sign_off_facts(report)),
    ]


def _impression(report: Report) -> list[Block]:
    """The reader's words, larger than the rest, as they are what most people read.

    Under a heading of their own where there is a form beside them.
    """
    pieces = content.passages(content.shown_impression(report))
    heading = [] if report.form is None else [_term(form_content.words(report), "impression")]
    return [*heading, *(Paragraph(piece, SAID, below=10.0) for piece in pieces), Space(60.0)]


def _form(report: Report) -> list[Block]:
    facts = form_content.form_facts(report)
    if not facts.all:
        return []
    return [
        _term(form_content.words(report), "findings"),
        *_beside_tree(report, (*facts.before, *facts.of_tree)),
        *(FactLine(fact) for fact in facts.after),
        Space(40.0),
    ]


def _beside_tree(report: Report, facts: Sequence[content.Fact]) -> list[Block]:
    """The first answers, with the picture of the arterial tree where it has emboli."""
    lines = tuple(FactLine(fact) for fact in facts)
    if report.form is None or not report.form.sites:
        return [*lines]
    return [Beside(Stack(lines), Tree(report.form.sites), TREE_WIDTH)]


def _measurements(report: Report) -> list[Block]:
    table = form_content.measurements(report)
    if not table.rows:
        return []
    heading = _term(form_content.words(report), "measurements")
    return [_INSET, heading, *_table(table, _MEASURE_SHARES)[1:]]


def _term(words: FormWords, name: str) -> Paragraph:
    return Paragraph(words.field(name), STRONG)


def _facts(facts: Sequence[content.Fact]) -> list[Block]:
    """Terms with their values, with room around; nothing of none."""
    return [Space(40.0), *(FactLine(fact) for fact in facts), Space(40.0)] if facts else []


def _model(report: Report) -> list[Block]:
    heading = _heading(report, "Model", PAPER.model)
    statement = TextStyle(STATEMENT.size, PAPER.model, STATEMENT.weight)
    blocks: list[Block] = [heading, Paragraph(content.verdict(report), statement)]
    if report.findings is None:
        return blocks
    blocks += [
        Paragraph(note, SMALL)
        for note in content.verdict_notes(report.findings, phrases_of(report))
    ]
    figure = track_figure(report)
    if figure is not None:
        blocks += [_INSET, TrackBlock(figure)]
    runs = content.flagged_runs(report)
    if runs.rows:
        blocks += [_INSET, *_table(runs, _RUN_SHARES, reader_column=_READER_COLUMN)]
    return blocks


def _key_images(report: Report) -> list[Block]:
    notes = (Paragraph(note, SMALL) for note in content.key_images_notes(report))
    return [
        Stack((_heading(report, "Key images"), *notes)),
        *(PictureRow(pair) for pair in _pairs(report)),
        _GAP,
    ]


def _pairs(report: Report) -> list[tuple[Picture, ...]]:
    """A slice beside its own overlay; slices without one, two and two."""
    pairs: list[tuple[Picture, ...]] = []
    waiting: Picture | None = None
    for image in report.key_images:
        picture, overlay = plain_picture(report, image), overlay_picture(report, image)
        if overlay is not None:
            pairs.append((picture, overlay))
        elif waiting is None:
            waiting = picture
        else:
            pairs.append((waiting, picture))
            waiting = None
    return pairs if waiting is None else [*pairs, (waiting,)]


def _appendix(report: Report) -> list[Block]:
    identifiers = [FactLine(fact) for fact in content.identifiers(report)]
    if report.findings is None:
        return [_heading(report, "Identifiers"), *identifiers]
    return [
        _heading(report, "Appendix: where the model's words come from"),
        *_provenance(report.findings, phrases_of(report)),
        *identifiers,
    ]


def _provenance(findings: Findings, say: Phrases) -> list[Block]:
    return [
        *(FactLine(fact) for fact in content.provenance(findings, say)),
        _INSET,
        *_table(content.exam_scores(findings, say), _LABEL_SHARES),
        Space(40.0),
        Paragraph(say(content.CONSISTENCY_NOTE), SMALL),
        _INSET,
    ]


def _heading(report: Report, text: str, colour: str = PAPER.text) -> Paragraph:
    return Paragraph(phrases_of(report)(text), TextStyle(HEADING.size, colour, HEADING.weight))


def _voiced(blocks: Iterable[Block], colour: str, fill: str) -> list[Block]:
    heading, *rest = blocks
    inset = Voiced(_INSET, colour, fill)
    return [
        inset,
        Voiced(heading, colour, fill),
        *(Voiced(b, colour, fill) for b in rest),
        inset,
        _GAP,
    ]


def _table(
    table: content.Table, shares: Sequence[float], *, reader_column: int | None = None
) -> list[Row]:
    aligns = [
        Qt.AlignmentFlag.AlignRight if column in table.numeric else Qt.AlignmentFlag.AlignLeft
        for column in range(len(table.columns))
    ]
    styles = [BODY] * len(table.columns)
    if reader_column is not None:
        styles[reader_column] = TextStyle(BODY.size, PAPER.reader)
    header = Row(
        tuple(
            Cell(*entry)
            for entry in zip(table.columns, shares, [SMALL] * len(shares), aligns, strict=True)
        )
    )
    rows = [
        Row(
            tuple(Cell(*entry) for entry in zip(cells, shares, styles, aligns, strict=True)), header
        )
        for cells in table.rows
    ]
    return [header, *rows]
