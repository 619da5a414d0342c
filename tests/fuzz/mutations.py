"""Ways to damage a file: its elements, its encapsulated pixels, its bytes."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from parts import (
    DEFLATED,
    PIXEL_DATA,
    UNDEFINED,
    Element,
    Fragment,
    Parts,
    fragments_of,
    padded,
)
from seeds import ENCODERS
from values import VRS, hostile

Mutation = Callable[[Parts, random.Random], Parts]

_UNKNOWN_TAGS: Final = (0x00091001, 0x00280009, 0x00189999, 0x60003000, 0x7FE00008, 0x7FDF0010)
_DEEP: Final = 40


def _change_value(parts: Parts, rng: random.Random) -> Parts:
    return _with_one(parts, rng, lambda e: replace(e, value=hostile(e, rng, parts.order)))


def _change_length(parts: Parts, rng: random.Random) -> Parts:
    def lie(element: Element) -> Element:
        near = len(element.value) + rng.choice((-2, -1, 1, 2, 8))
        length = rng.choice((near, 0, 1, 0xFFFE, UNDEFINED, 0x7FFFFFFF, rng.randrange(1 << 32)))
        return replace(element, length=length)

    return _with_one(parts, rng, lie, also_pixels=True)


def _change_vr(parts: Parts, rng: random.Random) -> Parts:
    return _with_one(parts, rng, lambda e: replace(e, vr=rng.choice(VRS)), also_pixels=True)


def _change_tag(parts: Parts, rng: random.Random) -> Parts:
    return _with_one(parts, rng, lambda e: replace(e, tag=e.tag ^ 1 << rng.randrange(32)))


def _remove(parts: Parts, rng: random.Random) -> Parts:
    body = list(parts.body)
    del body[rng.randrange(len(body))]
    return replace(parts, body=tuple(body))


def _repeat(parts: Parts, rng: random.Random) -> Parts:
    body = list(parts.body)
    body.insert(rng.randrange(len(body) + 1), rng.choice(body))
    return replace(parts, body=tuple(body))


def _shuffle(parts: Parts, rng: random.Random) -> Parts:
    body = list(parts.body)
    first = rng.randrange(len(body))
    part = body[first : first + rng.choice((2, 3, 100))]
    rng.shuffle(part)
    body[first : first + len(part)] = part
    return replace(parts, body=tuple(body))


def _insert_unknown(parts: Parts, rng: random.Random) -> Parts:
    vr = rng.choice(VRS)
    value = padded(rng.randbytes(rng.choice((0, 3, 8, 300))))
    length = rng.choice((None, None, UNDEFINED))
    element = Element(rng.choice(_UNKNOWN_TAGS), vr, value, length=length)
    body = list(parts.body)
    body.insert(rng.randrange(len(body) + 1), element)
    return replace(parts, body=tuple(body))


def _nest(parts: Parts, rng: random.Random) -> Parts:
    """Puts an element within sequences of its own tag, a few levels deep or far too many."""
    depth = rng.choice((1, 1, 3, 15, _DEEP))

    def nested(element: Element) -> Element:
        for _ in range(depth):
            element = Element(element.tag, "SQ", items=((element,),))
        return element

    return _with_one(parts, rng, nested)


def _change_item(parts: Parts, rng: random.Random) -> Parts:
    """Damages an element somewhere within the sequences of the data set."""

    def inner(element: Element) -> Element:
        if element.items is None:
            return replace(element, value=hostile(element, rng, parts.order))
        items = [list(item) for item in element.items]
        if not items or rng.random() < 0.1:
            return replace(element, items=(*element.items[1:],))
        item = rng.choice(items)
        if item and rng.random() < 0.8:
            where = rng.randrange(len(item))
            item[where] = inner(item[where])
        elif item:
            del item[rng.randrange(len(item))]
        return replace(element, items=tuple(tuple(item) for item in items))

    sequences = [i for i, element in enumerate(parts.body) if element.items]
    if not sequences:
        return _change_value(parts, rng)
    where = rng.choice(sequences)
    body = (*parts.body[:where], inner(parts.body[where]), *parts.body[where + 1 :])
    return replace(parts, body=body)


def _declare_another_syntax(parts: Parts, rng: random.Random) -> Parts:
    others = (*ENCODERS, DEFLATED, "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "", "1.2.3", "\xff")
    return parts.declaring(rng.choice(others))


def _damage_meta(parts: Parts, rng: random.Random) -> Parts:
    meta = list(parts.meta)
    where = rng.randrange(len(meta))
    if rng.random() < 0.5:
        del meta[where]
    else:
        meta[where] = replace(meta[where], length=rng.choice((0, 0xFFFF, rng.randrange(400))))
    return replace(parts, meta=tuple(meta), preamble=rng.choice((parts.preamble, b"", b"DICM")))


def _damage_fragments(parts: Parts, rng: random.Random) -> Parts:
    pixels = _pixels(parts)
    if pixels is None or pixels.length != UNDEFINED:
        return _change_value(parts, rng)
    fragments = fragments_of(pixels.value)
    for _ in range(rng.choice((1, 1, 2, 5))):
        _damage_one_fragment(fragments, rng)
    value = b"".join(fragment.written() for fragment in fragments)
    return _with_pixels(parts, replace(pixels, value=value))


def _damage_one_fragment(fragments: list[Fragment], rng: random.Random) -> None:
    if not fragments:
        fragments.append(Fragment(rng.randbytes(6)))
        return
    where = rng.randrange(len(fragments))
    one = fragments[where]
    lies = (0, 1, len(one.value) + 2, 1 << 30, UNDEFINED, rng.randrange(1 << 32))
    changed: tuple[list[Fragment], ...] = (
        [],
        [one, one],
        [replace(one, length=rng.choice(lies))],
        [replace(one, value=one.value[: rng.randrange(len(one.value) + 1)])],
        [replace(one, value=damaged_bytes(one.value, rng))],
        [replace(one, tag=rng.choice((b"\xfe\xff\xdd\xe0", b"\xfe\xff\x0d\xe0", b"\0\0\0\0")))],
        [Fragment(b""), one],
    )
    fragments[where : where + 1] = rng.choice(changed)
    if rng.random() < 0.2:
        rng.shuffle(fragments)


def _damage_pixels(parts: Parts, rng: random.Random) -> Parts:
    """Flips bytes of the pixels, mostly near their start, where codestreams keep their sizes."""
    pixels = _pixels(parts)
    if pixels is None:
        return _change_value(parts, rng)
    reach = rng.choice((60, 160, len(pixels.value)))
    value = damaged_bytes(pixels.value[:reach], rng) + pixels.value[reach:]
    return _with_pixels(parts, replace(pixels, value=value))


MUTATIONS: Final[tuple[tuple[Mutation, int], ...]] = (
    (_change_value, 12),
    (_change_item, 6),
    (_change_length, 4),
    (_change_vr, 3),
    (_change_tag, 1),
    (_remove, 3),
    (_repeat, 1),
    (_shuffle, 1),
    (_insert_unknown, 2),
    (_nest, 1),
    (_declare_another_syntax, 2),
    (_damage_meta, 1),
    (_damage_fragments, 5),
    (_damage_pixels, 5),
)
"""Each with its weight."""


def mutated(parts: Parts, rng: random.Random) -> Parts:
    """One mutation more."""
    (mutation,) = rng.choices(*zip(*MUTATIONS, strict=True))
    return mutation(parts, rng) if parts.body else parts


def damaged_bytes(data: bytes, rng: random.Random) -> bytes:
    """Bytes flipped, cut off, removed, inserted, repeated or moved."""
    if not data:
        return rng.randbytes(rng.randrange(4))
    start = rng.randrange(len(data))
    run = data[start : start + rng.choice((1, 2, 8, 64, 1000))]
    end = start + len(run)
    return rng.choice(_BYTE_DAMAGE)(data, start, end, run, rng)


def _flip(data: bytes, start: int, end: int, run: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 2, 5, 20))):
        changed[rng.randrange(len(changed))] = rng.choice((0, 255, rng.randrange(256)))
    return bytes(changed)


_BYTE_DAMAGE: Final[tuple[Callable[[bytes, int, int, bytes, random.Random], bytes], ...]] = (
    _flip,
    _flip,
    _flip,
    lambda data, start, end, run, rng: data[:start],
    lambda data, start, end, run, rng: data[:start] + data[end:],
    lambda data, start, end, run, rng: data[:start] + run + data[start:],
    lambda data, start, end, run, rng: data[:start] + rng.randbytes(len(run)) + data[start:],
    lambda data, start, end, run, rng: data[:start] + bytes(len(run)) + data[end:],
    lambda data, start, end, run, rng: data[:start] + data[end:] + run,
)


def _with_one(
    parts: Parts,
    rng: random.Random,
    change: Callable[[Element], Element],
    *,
    also_pixels: bool = False,
) -> Parts:
    body = list(parts.body)
    choices = [i for i, e in enumerate(body) if e.tag != PIXEL_DATA or also_pixels]
    if choices:
        where = rng.choice(choices)
        body[where] = change(body[where])
    return replace(parts, body=tuple(body))


def _pixels(parts: Parts) -> Element | None:
    return next((e for e in parts.body if e.tag == PIXEL_DATA and e.items is None), None)


def _with_pixels(parts: Parts, pixels: Element) -> Parts:
    body = tuple(pixels if element.tag == PIXEL_DATA else element for element in parts.body)
    return replace(parts, body=body)
