"""Columns: what is packed and written as JSON comes back equal, whatever the records hold."""

import json
from dataclasses import dataclass, fields, make_dataclass
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models.imaging.dicom.headers import FileHeader
from pe_models.imaging.files.columns import packed, unpacked
from pe_models.imaging.study import Scan


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Inner:
    text: str
    number: int | None
    pair: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Outer:
    inner: Inner
    several: tuple[Inner, ...]
    path: Path
    colour: Colour
    flag: bool
    nested: tuple[tuple[float, ...], ...]


finite = st.floats(allow_nan=False)
inners = st.builds(
    Inner, st.text(), st.none() | st.integers(), st.none() | st.tuples(finite, finite)
)
names = st.text(st.characters(exclude_characters="/\0"), min_size=1)
paths = st.lists(names, max_size=3).map(lambda parts: Path(*parts)) | names.map(
    lambda name: Path("/", name)
)
outers = st.builds(
    Outer,
    inners,
    st.lists(inners, max_size=3).map(tuple),
    paths,
    st.sampled_from(Colour),
    st.booleans(),
    st.lists(st.lists(finite, max_size=2).map(tuple), max_size=2).map(tuple),
)


@given(st.lists(outers, max_size=6))
def test_records_come_back_equal_and_of_the_same_types(records):
    found = unpacked(Outer, json.loads(json.dumps(packed(Outer, records))))

    assert found == records
    for one, other in zip(found, records, strict=True):
        for field in fields(Outer):
            assert type(getattr(one, field.name)) is type(getattr(other, field.name))


def test_equal_values_are_kept_once():
    records = [Outer(Inner("a" * 100, 1, None), (), Path("x"), Colour.RED, True, ())] * 500

    assert len(json.dumps(packed(Outer, records))) < 3500


@pytest.mark.parametrize("kind", [Scan, FileHeader])
def test_all_fields_of_what_is_remembered_can_be_packed(kind):
    assert unpacked(kind, packed(kind, [])) == []


@pytest.mark.parametrize("hint", [dict[str, int], tuple[bytes, ...], Inner | None, list[int]])
def test_a_field_that_cannot_be_packed_is_refused_by_name(hint):
    odd = make_dataclass("Odd", [("table", hint)])

    with pytest.raises(TypeError, match=r"table: .* cannot be packed"):
        packed(odd, [])


def test_columns_of_unequal_length_are_refused():
    plain = packed(Inner, [Inner("a", 1, None), Inner("b", 2, None)])
    plain["columns"]["text"].append("c")

    with pytest.raises(ValueError, match="3 values for 2 records"):
        unpacked(Inner, plain)
