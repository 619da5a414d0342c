"""What the headers of one series have in common, so that it is walked once and not for each file.

In a series most elements are the same bytes in every file. A Layout keeps them in runs; following
it compares whole runs of bytes and steps over the few elements between them that vary. Nothing is
guessed: a file whose bytes differ from a run is walked element by element, as any first file is,
and what differed counts as varying from then on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self

from pe_models.imaging.dicom.data_set import (
    HEAD_BYTES,
    Outline,
    ParsedFile,
    parse_head,
    pixel_element,
)
from pe_models.imaging.dicom.elements import (
    Elements,
    Encoding,
    HeaderError,
    ShortBuffer,
    element_at,
    next_element,
)
from pe_models.imaging.dicom.inflate import ByteStream

_SERIES_UID: Final = 0x0020000E
_TRANSFER_SYNTAX: Final = 0x00020010
_MAX_LAYOUTS: Final = 4
"""Series whose files take turns in one folder, as scanners and archives write them."""
_LEAST_HEAD_BYTES: Final = 4 * 1024
_MOST_HEAD_BYTES: Final = 256 * 1024
_SLACK_BYTES: Final = 1024
"""How much longer than the last header the next one may be without a second read."""


class Layouts:
    """Parses file after file, following the layouts of the series met last; for one thread.

    Gives for each file what ``parse_head`` gives.
    """

    def __init__(self, wanted: frozenset[int]) -> None:
        self._wanted = wanted
        self._series: list[_Series] = []
        self.head_bytes = HEAD_BYTES
        """How much of the next file to read at first."""

    def parse(self, head: bytes, rest: ByteStream) -> ParsedFile:
        """The wanted elements of a file, of which ``head`` was read and ``rest`` follows.

        Raises HeaderError with the reason where there is no usable header, and OSError as reading
        does.
        """
        for index, series in enumerate(self._series):
            parsed = series.layout and series.layout.follow(head, self._wanted)
            if parsed:
                if index:
                    self._series.insert(0, self._series.pop(index))
                return parsed
        parsed, outline = parse_head(head, rest, self._wanted)
        if outline is not None and parsed.pixels is not None:
            self._learn(parsed, outline)
        return parsed

    def _learn(self, parsed: ParsedFile, outline: Outline) -> None:
        needed = outline.stop + _SLACK_BYTES
        self.head_bytes = min(max(_LEAST_HEAD_BYTES, needed), _MOST_HEAD_BYTES)
        if needed > _MOST_HEAD_BYTES:  # never read at first, and so never followed
            return
        for series in self._series:
            if series.learn(parsed, outline):
                return
        if len(set(outline.tags)) == len(outline.tags):
            self._series.insert(0, _Series(parsed, outline))
            del self._series[_MAX_LAYOUTS:]


class _Series:
    """The elements of one series that were the same in all its files so far."""

    def __init__(self, parsed: ParsedFile, outline: Outline) -> None:
        self._series_uid = parsed.elements.get(_SERIES_UID)
        self._tags = outline.tags
        self._pieces = _pieces(outline)
        self._varies = [False] * len(self._pieces)
        self.layout: _Layout | None = None

    def learn(self, parsed: ParsedFile, outline: Outline) -> bool:
        """Takes in another file; False where it is of another series or has other elements."""
        if parsed.elements.get(_SERIES_UID) != self._series_uid or outline.tags != self._tags:
            return False
        pieces = _pieces(outline)
        self._varies = [
            varied or one != other
            for varied, one, other in zip(self._varies, self._pieces, pieces, strict=True)
        ]
        self._pieces = pieces
        self.layout = _Layout.of(parsed, outline, pieces, self._varies)
        return True


@dataclass(frozen=True, slots=True)
class _Run:
    """Whole elements that do not vary, and the label (tag, VR) of the one after them that does."""

    same: bytes
    label: bytes
    is_meta: bool


@dataclass(frozen=True, slots=True)
class _Layout:
    """``same`` are the wanted elements within the runs; ``tail`` stands before the pixels."""

    runs: tuple[_Run, ...]
    tail: bytes
    same: Elements
    has_preamble: bool
    meta_encoding: Encoding
    encoding: Encoding
    transfer_syntax: str

    @classmethod
    def of(
        cls, parsed: ParsedFile, outline: Outline, pieces: Sequence[bytes], varies: Sequence[bool]
    ) -> Self | None:
        """None where the preamble or the transfer syntax varies: they decide how to read on."""
        varying = {tag for tag, varied in zip(outline.tags, varies[1:], strict=True) if varied}
        if varies[0] or _TRANSFER_SYNTAX in varying:
            return None
        runs, tail = _runs(outline, pieces, varies)
        return cls(
            runs=runs,
            tail=tail,
            same={tag: value for tag, value in parsed.elements.items() if tag not in varying},
            has_preamble=bool(pieces[0]),
            meta_encoding=outline.meta_encoding,
            encoding=outline.encoding,
            transfer_syntax=parsed.transfer_syntax,
        )

    def follow(self, head: bytes, wanted: frozenset[int]) -> ParsedFile | None:
        """What walking ``head`` gives; None where it is not laid out like this, or too short."""
        if (head[128:132] == b"DICM") is not self.has_preamble:
            return None
        elements = self.same.copy()
        position = 0
        try:
            for run in self.runs:
                if not head.startswith(run.same, position):
                    return None
                position += len(run.same)
                if not head.startswith(run.label, position):
                    return None
                if run.is_meta:
                    _, _, length, value = element_at(head, position, self.meta_encoding)
                    position = value + length
                else:
                    _, position = next_element(head, position, self.encoding, wanted, elements)
            if not head.startswith(self.tail, position):
                return None
            pixels = pixel_element(head, position + len(self.tail), self.encoding)
        except (ShortBuffer, HeaderError):
            return None
        if pixels is None:
            return None
        return ParsedFile(self.transfer_syntax, self.encoding.is_little, elements, pixels)


def _pieces(outline: Outline) -> list[bytes]:
    """What stands before the first element, and then the bytes of each."""
    edges = [0, *outline.starts, outline.stop]
    return [outline.head[begin:end] for begin, end in pairwise(edges)]


def _runs(
    outline: Outline, pieces: Sequence[bytes], varies: Sequence[bool]
) -> tuple[tuple[_Run, ...], bytes]:
    """Runs of pieces that do not vary, and those behind the last one that does."""
    runs: list[_Run] = []
    same: list[bytes] = []
    for index, piece in enumerate(pieces):
        if varies[index]:
            label = piece[: _label_bytes(outline, index)]
            runs.append(_Run(b"".join(same), label, is_meta=index <= outline.n_meta))
            same = []
        else:
            same.append(piece)
    return tuple(runs), b"".join(same)


def _label_bytes(outline: Outline, index: int) -> int:
    """How much of an element must not vary: its tag and VR, and all that tells an encoding."""
    if index in (1, outline.n_meta + 1):  # the first of the meta group, and of the data set
        return 8
    encoding = outline.meta_encoding if index <= outline.n_meta else outline.encoding
    return 4 if encoding.is_implicit else 6
