"""Values of data elements: stored bytes -> numbers and text. What cannot be read is None or ""."""

import math
import re
import warnings
from typing import Final

from pydicom.charset import convert_encodings, decode_bytes

from pe_models.imaging.dicom.elements import Elements

_TEXT_DELIMITERS: Final = {0x0D, 0x0A, 0x09, 0x0C}
_CONTROLS: Final = dict.fromkeys({*range(0x20), 0x7F} - _TEXT_DELIMITERS)
"""What no text may hold (PS3.5 6.1.3), and what HTML and FHIR refuse."""
_ESCAPE: Final = re.compile(r"\x1b[ -/]*[0-~]")


def items(elements: Elements, tag: int) -> list[Elements]:
    """Items of a sequence; none where it is absent."""
    value = elements.get(tag)
    return value if isinstance(value, list) else []


def code(elements: Elements, tag: int) -> str:
    """A value of the default repertoire (UI, CS, DA, TM, AS), without its padding."""
    value = elements.get(tag, b"")
    return value.decode("latin-1").strip(" \0") if isinstance(value, bytes) else ""


def text(elements: Elements, tag: int, character_set: str) -> str:
    """A text in the file's own character set (PS3.5 6.1); unreadable bytes become U+FFFD."""
    value = elements.get(tag, b"")
    if not isinstance(value, bytes):
        return ""
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii").translate(_CONTROLS).strip()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of what it replaces
        try:
            encodings = convert_encodings(character_set.split("\\"))
            decoded = decode_bytes(value, encodings, _TEXT_DELIMITERS)
        except (LookupError, ValueError):
            decoded = value.decode("utf-8", "replace")
    # WORKAROUND pydicom 3.0.2: escapes to GB 2312 (ISO 2022 IR 58) stay in the text.
    return _ESCAPE.sub("", decoded).translate(_CONTROLS).strip()


def numbers(elements: Elements, tag: int) -> tuple[float, ...]:
    """Decimal or integer strings (DS, IS); empty where any is empty, NaN or no number."""
    value = elements.get(tag)
    if not isinstance(value, bytes):
        return ()
    try:
        found = tuple(map(float, value.rstrip(b"\0 ").split(b"\\")))
    except ValueError:
        return ()
    return found if all(map(math.isfinite, found)) else ()


def number(elements: Elements, tag: int) -> float | None:
    """The first of ``numbers``; None where there is none."""
    found = numbers(elements, tag)
    return found[0] if found else None


def integer(elements: Elements, tag: int) -> int | None:
    """An integer string (IS); None where there is none."""
    found = number(elements, tag)
    return None if found is None else int(found)


def binary_integer(
    elements: Elements, tag: int, *, is_little: bool, is_signed: bool = False
) -> int | None:
    """A US, SS, UL or SL value, whichever its length says; None where there is none."""
    value = elements.get(tag, b"")
    if not isinstance(value, bytes) or len(value) < 2:
        return None
    width = 4 if len(value) == 4 else 2
    return int.from_bytes(value[:width], "little" if is_little else "big", signed=is_signed)
