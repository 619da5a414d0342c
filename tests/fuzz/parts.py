"""DICOM files as loose parts: elements that can be written as no sane writer would write them."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

IMPLICIT: Final = "1.2.840.10008.1.2"
EXPLICIT: Final = "1.2.840.10008.1.2.1"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"

TRANSFER_SYNTAX: Final = 0x00020010
PIXEL_DATA: Final = 0x7FE00010
UNDEFINED: Final = 0xFFFFFFFF

_LONG_VRS: Final = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".decode().split())


@dataclass(frozen=True, slots=True)
class Order:
    """How elements are written: with or without their VR, least or most significant byte first."""

    is_implicit: bool = False
    mark: str = "<"

    @classmethod
    def of(cls, transfer_syntax: str) -> Self:
        return cls(transfer_syntax == IMPLICIT, ">" if transfer_syntax == BIG_ENDIAN else "<")


@dataclass(frozen=True, slots=True)
class Element:
    """``items`` makes it a sequence; ``length`` is what is written in place of the true length."""

    tag: int
    vr: str
    value: bytes = b""
    items: tuple[tuple["Element", ...], ...] | None = None
    length: int | None = None

    def written(self, order: Order) -> bytes:
        value = self.value if self.items is None else _items(self.items, order)
        length = len(value) if self.length is None else self.length
        tag = struct.pack(f"{order.mark}HH", self.tag >> 16, self.tag & 0xFFFF)
        if order.is_implicit:
            return tag + struct.pack(f"{order.mark}L", length & UNDEFINED) + value
        vr = self.vr.encode("latin-1")
        if self.vr in _LONG_VRS:
            return tag + vr + struct.pack(f"{order.mark}2xL", length & UNDEFINED) + value
        return tag + vr + struct.pack(f"{order.mark}H", length & 0xFFFF) + value


@dataclass(frozen=True, slots=True)
class Parts:
    """One file: preamble, file meta group, data set. ``transfer_syntax`` is what it is written in;
    what it declares stands in ``meta`` and may differ."""

    transfer_syntax: str
    meta: tuple[Element, ...]
    body: tuple[Element, ...]
    preamble: bytes = b"\0" * 128 + b"DICM"

    @property
    def order(self) -> Order:
        return Order.of(self.transfer_syntax)

    def written(self) -> bytes:
        body = write(self.body, self.order)
        if self.transfer_syntax == DEFLATED:
            packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
            body = packer.compress(body) + packer.flush()
        return self.preamble + write(self.meta, Order()) + body

    def declaring(self, transfer_syntax: str) -> Self:
        uid = padded(transfer_syntax.encode(), b"\0")
        meta = [
            replace(element, value=uid) if element.tag == TRANSFER_SYNTAX else element
            for element in self.meta
        ]
        return replace(self, meta=tuple(meta))


def write(elements: Sequence[Element], order: Order) -> bytes:
    return b"".join(element.written(order) for element in elements)


def padded(value: bytes, filler: bytes = b" ") -> bytes:
    """DICOM values have an even length."""
    return value + filler * (len(value) % 2)


def text(tag: int, vr: str, value: str) -> Element:
    return Element(tag, vr, padded(value.encode("latin-1"), b"\0" if vr == "UI" else b" "))


def short(tag: int, value: int, order: Order) -> Element:
    return Element(tag, "US", struct.pack(f"{order.mark}H", value))


def sequence(tag: int, *items: Sequence[Element]) -> Element:
    return Element(tag, "SQ", items=tuple(tuple(item) for item in items))


@dataclass(frozen=True, slots=True)
class Fragment:
    """One item of encapsulated pixels (PS3.5 A.4); ``length`` as in ``Element``."""

    value: bytes
    tag: bytes = b"\xfe\xff\x00\xe0"
    length: int | None = None

    def written(self) -> bytes:
        length = len(self.value) if self.length is None else self.length
        return self.tag + struct.pack("<L", length & UNDEFINED) + self.value


SEQUENCE_END: Final = Fragment(b"", b"\xfe\xff\xdd\xe0")


def fragments_of(value: bytes) -> list[Fragment]:
    """The items of an undamaged encapsulated value, its delimiter included."""
    found = []
    position = 0
    while position + 8 <= len(value):
        tag, length = struct.unpack_from("<4sL", value, position)
        found.append(Fragment(value[position + 8 : position + 8 + length], tag))
        position += 8 + length
    return found


def _items(items: Sequence[Sequence[Element]], order: Order) -> bytes:
    head = struct.pack(f"{order.mark}HH", 0xFFFE, 0xE000)
    written = (write(item, order) for item in items)
    return b"".join(head + struct.pack(f"{order.mark}L", len(item)) + item for item in written)
