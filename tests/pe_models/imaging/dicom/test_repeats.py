"""Repeats: what was built from equal elements is given again, and from others built anew."""

from pe_models.imaging.dicom.repeats import Repeats

NAME, AGE, OTHER = 0x00100010, 0x00101010, 0x00200013


def built(elements, *more):
    return (dict(elements), *more)


def test_equal_elements_give_the_very_same():
    repeats = Repeats()

    first = repeats.once(built, (NAME, AGE), {NAME: b"A", OTHER: b"1"})
    again = repeats.once(built, (NAME, AGE), {NAME: bytes(bytearray(b"A")), OTHER: b"2"})

    assert again is first


def test_only_the_named_elements_are_seen():
    assert Repeats().once(built, (NAME, AGE), {NAME: b"A", OTHER: b"1"}) == ({NAME: b"A"},)


def test_an_absent_element_differs_from_an_empty_one():
    repeats = Repeats()

    assert repeats.once(built, (NAME,), {NAME: b""}) == ({NAME: b""},)
    assert repeats.once(built, (NAME,), {}) == ({},)


def test_another_builder_or_addition_gives_another():
    repeats = Repeats()
    elements = {NAME: b"A", AGE: b"A"}

    assert repeats.once(built, (NAME,), elements) == ({NAME: b"A"},)
    assert repeats.once(built, (NAME,), elements, 1) == ({NAME: b"A"}, 1)
    assert repeats.once(len, (NAME,), elements) == 1


def test_a_sequence_where_a_value_belongs_is_built_each_time():
    repeats = Repeats()

    for items in ([{AGE: b"1"}], [{AGE: b"2"}]):
        assert repeats.once(built, (NAME,), {NAME: items}) == ({NAME: items},)


def test_it_does_not_grow_without_end():
    repeats = Repeats()

    for number in range(10_000):
        value = str(number).encode()
        assert repeats.once(built, (NAME,), {NAME: value}) == ({NAME: value},)
    assert len(repeats._built) <= 4096
