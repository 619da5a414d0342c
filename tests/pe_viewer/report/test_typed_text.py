"""What is pasted from other programs is made fit for every format."""

from dataclasses import replace

import pytest

from pe_viewer.form.answers import Incidental
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.report.typed_text import printable, rewritten
from pe_viewer.review import Decision, DecisionState, Review


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("PE in the\vright lower lobe", "PE in the\nright lower lobe"),  # as from Word
        ("a\u2028b\u2029c\x85d\r\ne\rf\fg", "a\nb\nc\nd\ne\nf\ng"),
        ("a\x01\x1b\x7fb", "ab"),
        ("RV/LV\t1.2\n> 1", "RV/LV\t1.2\n> 1"),
        ("Lungenembolie links, 肺塞栓", "Lungenembolie links, 肺塞栓"),
    ],
)
def test_lines_stay_lines_and_other_controls_go(typed: str, left: str) -> None:
    assert printable(typed) == left


def test_every_text_of_a_review_is_rewritten() -> None:
    decision = Decision(1, 2, 3, DecisionState.ADDED, comment="c")
    form = replace(CtpaForm(), incidental={Incidental.NODULE: "i"}, impression="m")
    begun = Review(begun_addendum="b", begun_reasons={"rule": "g"})
    review = rewritten(replace(begun, decisions=(decision,), comment="r", form=form), str.upper)
    assert review.decisions[0].comment == "C"
    assert (review.comment, review.form.impression) == ("R", "M")
    assert (review.begun_addendum, review.begun_reasons) == ("B", {"rule": "G"})
    assert review.form.incidental == {Incidental.NODULE: "I"}
