"""Every change of a review is told for the audit trail, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pe_viewer.draft.changes import Change, changes_of
from pe_viewer.form.answers import Incidental, Presence, Sign
from pe_viewer.form.ctpa_form import CtpaForm, Diameter, Override
from pe_viewer.form.sign_off import Addendum, SignOff
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.review import Decision, DecisionState, Length, RejectionReason, Review, Structure

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SIGNED = SignOff("Dr. A", NOON, 18, 20, "ab" * 32)
REJECTED = Decision(2, 3, 4, DecisionState.REJECTED, RejectionReason.VEIN, "azygos")


@pytest.mark.parametrize(
    ("new", "change"),
    [
        (Review((REJECTED,)), Change("decided", "slices 2 to 4 rejected, vein: azygos")),
        (
            Review(measures=(Length(5, (0, 0), (1, 1), Structure.RV),)),
            Change("measured", "RV width on slice 5"),
        ),
        (Review(key_slices=frozenset({7})), Change("key image", "slice 7 marked")),
        (
            Review(form=CtpaForm(presence=Presence.ABSENT)),
            Change("report", "presence: nothing -> absent"),
        ),
        (
            Review(form=CtpaForm(rv=Diameter(44.0))),
            Change("report", "rv: nothing -> 44.0 mm"),
        ),
        (
            Review(form=CtpaForm(sites={ArterialSite.LEFT_A9: Occlusion.COMPLETE})),
            Change("report", "L-A9: nothing -> complete"),
        ),
        (
            Review(form=CtpaForm(incidental={Incidental.BONE: ""})),
            Change("report", "bone: nothing -> empty"),
        ),
        (Review(form=CtpaForm(signs=frozenset({Sign.WEBS}))), Change("report", "webs: yes")),
        (
            Review(form=CtpaForm(overrides=(Override("one-ventricle", "x", "cut off"),))),
            Change("overrode", "one-ventricle: cut off"),
        ),
        (Review(first_read=()), Change("locked first read", "0 findings")),
        (
            Review(sign_off=SIGNED),
            Change("signed", "18 of 20 slices viewed, bundle abababababab"),
        ),
    ],
)
def test_each_act_is_one_entry(new: Review, change: Change) -> None:
    assert changes_of(Review(), new) == (change,)
    assert changes_of(new, new) == ()


def test_what_is_taken_back_is_told_too() -> None:
    review = Review(
        (REJECTED,), form=CtpaForm(overrides=(Override("one-ventricle", "x", "cut off"),))
    )
    acts = [change.act for change in changes_of(review, Review())]
    assert acts == ["withdrew", "withdrew reason"]


def test_an_addendum_is_told_once() -> None:
    signed = Review(sign_off=SIGNED)
    added = replace(signed, sign_off=SIGNED.with_addendum(Addendum("Dr. A", NOON, "Nodule.")))
    assert changes_of(signed, added) == (Change("addendum", "Nodule."),)


def test_long_texts_are_cut() -> None:
    (change,) = changes_of(Review(), Review(form=CtpaForm(limitations="a" * 5000)))
    assert len(change.detail) < 450
