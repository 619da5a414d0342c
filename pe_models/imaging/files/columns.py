"""Many frozen dataclasses -> columns that JSON can hold, and back, in microseconds a record.

A column is a list with one value a record, or ``{"same": value}`` where all are equal. Values that
are dataclasses themselves are kept once each and named by number. What the fields hold is told by
their annotations: text, numbers, tuples of these, enums, paths, dataclasses, tuples of dataclasses.
"""

import os
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import lru_cache
from itertools import chain, islice, repeat
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, TypeVar

Record = TypeVar("Record")

_SCALARS: Final = (str, int, float, bool, types.NoneType)


def packed(kind: Callable[..., Record], records: Sequence[Record]) -> dict[str, Any]:
    """``records``, all of the dataclass ``kind``, as what ``json.dumps`` takes."""
    columns = {
        field.name: field.pack(list(map(attrgetter(field.name), records)))
        for field in _fields_of(kind)
    }
    return {"n": len(records), "columns": columns}


def unpacked(kind: Callable[..., Record], plain: dict[str, Any]) -> list[Record]:
    """What ``packed`` was given.

    Raises KeyError, TypeError, ValueError, IndexError or AttributeError where ``plain`` is not
    what it gave.
    """
    n = plain["n"]
    columns = [field.unpack(plain["columns"][field.name], n) for field in _fields_of(kind)]
    return list(map(kind, *columns))


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    pack: Callable[[list[Any]], Any]
    unpack: Callable[[Any, int], Iterable[Any]]


@lru_cache
def _fields_of(kind: Any) -> tuple[_Field, ...]:
    hints = typing.get_type_hints(kind)
    return tuple(_field(field.name, hints[field.name]) for field in fields(kind))


def _field(name: str, hint: Any) -> _Field:
    """Raises TypeError for a field of a kind that is not provided for."""
    parts = typing.get_args(hint)
    if is_dataclass(hint):
        return _Field(name, lambda values: _pack_shared(hint, values), _unpacking(hint))
    if typing.get_origin(hint) is tuple and is_dataclass(parts[0]):
        kind = parts[0]
        return _Field(name, lambda values: _pack_lists(kind, values), _unpacking_lists(kind))
    if hint is Path:
        return _Field(name, _pack_paths, _unpack_paths)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _Field(name, _column, lambda column, n: map(hint, _values(column, n)))
    if not _is_plain(hint):
        raise TypeError(f"{name}: {hint} cannot be packed")
    return _Field(name, _column, _unpack_tuples if _has_tuples(hint) else _values)


def _is_plain(hint: Any) -> bool:
    """Whether ``hint`` is made of scalars and tuples alone."""
    if hint in _SCALARS or hint is Ellipsis:
        return True
    is_made_of_parts = typing.get_origin(hint) in (tuple, typing.Union, types.UnionType)
    return is_made_of_parts and all(map(_is_plain, typing.get_args(hint)))


def _has_tuples(hint: Any) -> bool:
    return typing.get_origin(hint) is tuple or any(map(_has_tuples, typing.get_args(hint)))


def _column(values: list[Any]) -> Any:
    if values and values.count(values[0]) == len(values):
        return {"same": values[0]}
    return values


def _values(column: Any, n: int) -> Iterable[Any]:
    if isinstance(column, dict):
        return repeat(column["same"], n)
    if len(column) != n:
        raise ValueError(f"a column of {len(column)} values for {n} records")
    return typing.cast(list[Any], column)


def _unpack_tuples(column: Any, n: int) -> Iterable[Any]:
    if isinstance(column, dict):
        return repeat(_frozen(column["same"]), n)
    return map(_frozen, _values(column, n))


def _frozen(value: Any) -> Any:
    """``value`` with tuples for its lists."""
    if not isinstance(value, list):
        return value
    if value and isinstance(value[0], list):
        return tuple(map(_frozen, value))
    return tuple(value)


def _pack_shared(kind: Any, values: list[Any]) -> Any:
    """Equal dataclasses once, and which of them each record has."""
    distinct: list[Any] = []
    number_of: dict[Any, int] = {}
    by_identity: dict[int, int] = {}
    which = []
    for value in values:
        number = by_identity.get(id(value))
        if number is None:
            number = by_identity[id(value)] = number_of.setdefault(value, len(distinct))
            if number == len(distinct):
                distinct.append(value)
        which.append(number)
    return {"distinct": packed(kind, distinct), "which": _column(which)}


def _unpacking(kind: Any) -> Callable[[Any, int], Iterable[Any]]:
    def unpack(column: Any, n: int) -> Iterable[Any]:
        distinct: list[Any] = unpacked(kind, column["distinct"])
        return map(distinct.__getitem__, _values(column["which"], n))

    return unpack


def _pack_lists(kind: Any, values: list[Any]) -> Any:
    """Tuples of dataclasses, one after the other, and the length of each."""
    lengths = _column([len(value) for value in values])
    return {"lengths": lengths, "all": packed(kind, list(chain.from_iterable(values)))}


def _unpacking_lists(kind: Any) -> Callable[[Any, int], Iterable[Any]]:
    def unpack(column: Any, n: int) -> Iterator[Any]:
        every: Iterator[Any] = iter(unpacked(kind, column["all"]))
        return (tuple(islice(every, length)) for length in _values(column["lengths"], n))

    return unpack


def _pack_paths(values: list[Path]) -> Any:
    """Names, and the folder of each; the folders once."""
    parts = [os.path.split(value) for value in values]  # a third of what Path.parent takes
    number_of = {folder: n for n, folder in enumerate(dict.fromkeys(folder for folder, _ in parts))}
    return {
        "folders": list(number_of),
        "which": _column([number_of[folder] for folder, _ in parts]),
        "names": [name for _, name in parts],
    }


def _unpack_paths(column: Any, n: int) -> Iterable[Path]:
    folders = [Path(folder) for folder in column["folders"]]
    which = _values(column["which"], n)
    names = _values(column["names"], n)
    return (folders[number] / name for number, name in zip(which, names, strict=True))
