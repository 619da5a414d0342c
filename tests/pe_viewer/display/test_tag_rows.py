"""Rows of a header: found by any of their words, hidden where they may tell who it is."""

import pytest

from pe_viewer.display.tags import TagRow, rows_with

NAME = TagRow("(0010,0010)", "Patient's Name", "PN", "DOE^JANE")
SEX = TagRow("(0010,0040)", "Patient's Sex", "CS", "F")
THICKNESS = TagRow("(0018,0050)", "Slice Thickness", "DS", "1.25")
UID = TagRow("(0008,0018)", "SOP Instance UID", "UI", "1.2.3", depth=1)
ROWS = (NAME, SEX, THICKNESS, UID)


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("", ROWS),
        ("thickness", (THICKNESS,)),
        ("patient doe", (NAME,)),
        ("00180050", (THICKNESS,)),
        ("(0018,0050)", (THICKNESS,)),
        ("1.25 slice", (THICKNESS,)),
        ("nothing of it", ()),
    ],
)
def test_every_word_that_is_sought_stands_in_the_row(
    sought: str, found: tuple[TagRow, ...]
) -> None:
    assert tuple(rows_with(ROWS, sought, hides_identity=False)) == found


def test_what_may_tell_who_it_is_is_hidden_from_sight_search_and_copy() -> None:
    shown = [row.shown_value(hides_identity=True) for row in ROWS]
    assert shown == ["hidden", "hidden", "1.25", "hidden"]
    assert rows_with(ROWS, "doe", hides_identity=True) == []
    assert "DOE" not in NAME.as_text(hides_identity=True)


def test_a_row_is_copied_with_tabs_and_its_depth() -> None:
    assert UID.as_text(hides_identity=False) == ">(0008,0018)\tSOP Instance UID\tUI\t1.2.3"
