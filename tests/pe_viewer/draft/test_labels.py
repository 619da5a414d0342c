"""A signed reading as RSNA's labels: what was not seen or not said is unknown, never negative."""

from dataclasses import replace

import pytest

from pe_models import labels
from pe_models.consistency import violations
from pe_models.findings import Flag
from pe_viewer.draft.labels import ReviewLabels, labels_of
from pe_viewer.form.answers import Acuity, Level, Presence
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.review import Decision, DecisionState, Review

ALL = frozenset(range(10))
PRESENT = CtpaForm(presence=Presence.PRESENT)


def decided(state: DecisionState, first: int = 3, last: int = 5) -> Decision:
    return Decision(first, (first + last) // 2, last, state)


def of(form: CtpaForm, *decisions: Decision, viewed: frozenset[int] = ALL) -> ReviewLabels:
    return labels_of(Review(decisions=decisions, form=form), viewed, 10)


def test_accepted_runs_show_pe_and_what_was_viewed_beside_them_does_not() -> None:
    made = of(PRESENT, decided(DecisionState.ACCEPTED), viewed=frozenset(range(8)))
    assert made.image == (0, 0, 0, 1, 1, 1, 0, 0, None, None)


def test_a_run_of_the_readers_own_shows_pe() -> None:
    assert of(PRESENT, Decision.added(7)).image[7] == 1


@pytest.mark.parametrize("state", [DecisionState.UNSURE, DecisionState.UNDECIDED])
def test_a_run_that_the_reader_does_not_stand_by_is_unknown(state: DecisionState) -> None:
    made = of(CtpaForm(presence=Presence.ABSENT), replace(decided(state), comment="?"))
    assert made.image[2:7] == (0, None, None, None, 0)


def test_a_flag_without_a_decision_is_unknown() -> None:
    review = Review(form=CtpaForm(presence=Presence.ABSENT))
    made = labels_of(review, ALL, 10, (Flag(3, 4, 5, 0.8, ()),))
    assert made.image[2:7] == (0, None, None, None, 0)


def test_a_rejected_run_is_negative_where_it_was_viewed() -> None:
    rejected = decided(DecisionState.REJECTED)
    made = of(CtpaForm(presence=Presence.ABSENT), rejected, viewed=frozenset({3, 4}))
    assert made.image[3:6] == (0, 0, None)


def test_pe_without_a_marked_slice_leaves_every_slice_unknown() -> None:
    made = of(CtpaForm(presence=Presence.PRESENT, level=Level.LOBAR))
    assert set(made.image) == {None}
    assert made.exam[labels.NEGATIVE] == 0


@pytest.mark.parametrize(
    ("presence", "label"),
    [(Presence.ABSENT, labels.NEGATIVE), (Presence.INDETERMINATE, labels.INDETERMINATE)],
)
def test_an_exam_without_pe_breaks_no_rule(presence: Presence, label: str) -> None:
    made = of(CtpaForm(presence=presence))
    assert made.exam[label] == 1
    exam = [float(made.exam[name] or 0) for name in labels.EXAM_LABELS]
    assert violations(exam, [0.0] * 10) == ()


def test_a_whole_positive_form_gives_every_label_and_breaks_no_rule() -> None:
    form = CtpaForm(
        presence=Presence.PRESENT,
        acuity=Acuity.ACUTE_ON_CHRONIC,
        sites={
            ArterialSite.RIGHT_MAIN: Occlusion.PARTIAL,
            ArterialSite.RIGHT_A9: Occlusion.PARTIAL,
        },
        rv=Diameter(44.0),
        lv=Diameter(40.0),
    )
    made = of(form, decided(DecisionState.ACCEPTED))
    on = {label for label, value in made.exam.items() if value == 1}
    assert on == {labels.ACUTE_AND_CHRONIC, labels.CENTRAL, labels.RIGHT, labels.RV_LV_GTE_1}
    assert None not in made.exam.values()
    exam = [float(made.exam[name] or 0) for name in labels.EXAM_LABELS]
    assert violations(exam, [float(value or 0) for value in made.image]) == ()


def test_open_questions_of_a_positive_form_are_unknown() -> None:
    made = of(PRESENT, decided(DecisionState.ACCEPTED))
    unknown = {label for label, value in made.exam.items() if value is None}
    assert unknown == set(labels.EXAM_LABELS) - {labels.NEGATIVE, labels.INDETERMINATE}


def test_a_form_that_says_nothing_leaves_the_exam_unknown() -> None:
    assert set(of(CtpaForm()).exam.values()) == {None}


@pytest.mark.parametrize("presence", [Presence.ABSENT, Presence.INDETERMINATE])
def test_slices_with_pe_in_an_exam_without_is_a_contradiction(presence: Presence) -> None:
    made = of(CtpaForm(presence=presence), decided(DecisionState.ACCEPTED))
    assert f"it is {presence}" in made.problem
    assert of(PRESENT, decided(DecisionState.ACCEPTED)).problem == ""
