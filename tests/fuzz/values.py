"""Values that no header should hold, by value representation."""

import random
import struct
from typing import Final

from parts import Element, Order, padded

_NUMBERS: Final = (
    *("", " ", "nan", "inf", "-inf", "0", "-0", "-1", "1", "3", "1.5.2", "1,5", "abc", "0x10"),
    *("1e308", "-1e308", "1e307", "1e154", "1e-320", "1e-9", "1e9", "1e400", "1_0", "+5", "\\"),
    *("99999999999999999999", "2147483648", "-2147483649", "65536", "100000", "9007199254740993"),
    *("1\\2\\3\\4\\5\\6\\7", "\\\\\\\\", "1e5\\1e5", "1\\", "\\1\\0\\0\\1\\0", "0\\0\\0\\0\\0\\0"),
)
_UIDS: Final = (
    "",
    "1.2",
    "1." * 40,
    "nonsense",
    "1.2.\xff",
    "\0",
    "../../etc",
    "0" * 64,
    "1.2\\1.3",
)
_TEXTS: Final = (
    *("", " ", "\0\0", "\\", "^", "=", "A" * 70, "B" * 9000, "\xff\xfe", "\x1b[31mred\x1b[0m"),
    *("\x1b$B\x1b(B", "\x1b$)C\xb1\xe8", "M\xfcller", "\xc3\xbc", "a\nb\rc\tz", "LOCALIZER", "NaN"),
    *("MONOCHROME1", "RGB", "DERIVED\\SECONDARY\\MIP", "MR", "US", "01", "<b>&amp;</b>", "%s%n{0}"),
)
CHARACTER_SETS: Final = (
    *(
        "",
        "\\",
        "ISO_IR 6",
        "ISO_IR 100",
        "ISO_IR 144",
        "ISO_IR 192",
        "GB18030",
        "GBK",
        "ISO_IR 13",
    ),
    *("ISO 2022 IR 13\\ISO 2022 IR 87", "\\ISO 2022 IR 149", "ISO 2022 IR 6\\ISO 2022 IR 58"),
    *("NONSENSE", "\xff", "ISO 2022 IR 87", "\\ISO 2022 IR 159", "ISO_IR 192\\ISO 2022 IR 87"),
)
_CHARACTER_SET_TAG: Final = 0x00080005
_SHORTS: Final = (0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 64, 255, 256, 4096, 32767, 32768, 65535)
_LONGS: Final = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)

_REAL_VRS: Final = (
    b"AE AS AT CS DA DS DT FL FD IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR "
    b"US UT UV"
)
VRS: Final = (*_REAL_VRS.decode().split(), "\0\0", "xx", "SU", "\xff\xff")


def hostile(element: Element, rng: random.Random, order: Order) -> bytes:
    """A value for ``element`` that its VR, its meaning or good sense forbids."""
    if rng.random() < 0.1:
        return rng.randbytes(rng.randrange(0, 40))
    if element.vr in ("DS", "IS"):
        return padded(_number(element.value, rng).encode("latin-1"))
    if element.vr in ("US", "SS", "UL", "SL"):
        return _binary(rng, order)
    if element.vr == "UI":
        return padded(rng.choice(_UIDS).encode("latin-1"), b"\0")
    choices = CHARACTER_SETS if element.tag == _CHARACTER_SET_TAG else _TEXTS
    return padded(rng.choice(choices).encode("latin-1"))


def _number(value: bytes, rng: random.Random) -> str:
    """A hostile number, in place of all components or of one of them."""
    components = value.decode("latin-1").strip().split("\\")
    if len(components) > 1 and rng.random() < 0.6:
        components[rng.randrange(len(components))] = rng.choice(_NUMBERS)
        return "\\".join(components)
    if rng.random() < 0.2:
        return "\\".join(f"{rng.uniform(-1, 1) * 10 ** rng.randrange(9):.6g}" for _ in components)
    return rng.choice(_NUMBERS)


def _binary(rng: random.Random, order: Order) -> bytes:
    if rng.random() < 0.2:
        return struct.pack(f"{order.mark}L", rng.choice(_LONGS))
    if rng.random() < 0.1:
        return rng.randbytes(rng.choice((0, 1, 3, 8)))
    number = rng.choice(_SHORTS) if rng.random() < 0.7 else rng.randrange(1 << 16)
    return struct.pack(f"{order.mark}H", number)
