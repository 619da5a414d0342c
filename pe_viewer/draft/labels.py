"""What a signed reading says, as RSNA's labels of an exam and of its slices.

Never more than was said: a slice that was not on screen, a run that the reader is unsure of or left
undecided, and a question that the form leaves open are unknown, not negative.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pe_models import labels
from pe_models.findings import Flag
from pe_viewer.form.answers import Acuity, Level, Presence
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.form.sites import Side
from pe_viewer.review import DecisionState, Review

Label = int | None
"""0, 1, or None for unknown."""

_WITH_PE: Final = (DecisionState.ACCEPTED, DecisionState.ADDED)


@dataclass(frozen=True, slots=True)
class ReviewLabels:
    """``exam`` by the labels of EXAM_LABELS, ``image`` (slice,) in Volume order.

    ``problem`` says why the two contradict one another, "" where they do not.
    """

    exam: Mapping[str, Label]
    image: tuple[Label, ...]
    problem: str = ""


def labels_of(
    review: Review, viewed: frozenset[int], n_slices: int, flags: tuple[Flag, ...] = ()
) -> ReviewLabels:
    """Labels of a signed review; ``flags`` are those that the model had shown the reader."""
    form, image = review.form, _image_labels(review, viewed, n_slices, flags)
    has_positive = 1 in image
    if form.presence is Presence.PRESENT and not has_positive:
        image = tuple(None if value == 0 else value for value in image)  # somewhere there is PE
    return ReviewLabels(_exam_labels(form), image, _problem(form, has_positive=has_positive))


def _image_labels(
    review: Review, viewed: frozenset[int], n_slices: int, flags: tuple[Flag, ...]
) -> tuple[Label, ...]:
    found: list[Label] = [0 if k in viewed else None for k in range(n_slices)]
    for flag in flags:
        if review.state_of(flag) in (DecisionState.UNDECIDED, DecisionState.UNSURE):
            found[flag.first : flag.last + 1] = [None] * (flag.last + 1 - flag.first)
    for decision in review.decisions:
        if decision.state in (DecisionState.UNDECIDED, DecisionState.UNSURE):
            _set(found, decision.first, decision.last, None)
    for decision in review.decisions:
        if decision.state in _WITH_PE:
            _set(found, decision.first, decision.last, 1)
    return tuple(found)


def _set(found: list[Label], first: int, last: int, value: Label) -> None:
    found[first : last + 1] = [value] * (last + 1 - first)


def _exam_labels(form: CtpaForm) -> dict[str, Label]:
    unknown: dict[str, Label] = dict.fromkeys(labels.EXAM_LABELS)
    if form.presence is None:
        return unknown
    if form.presence is not Presence.PRESENT:
        on = {Presence.ABSENT: labels.NEGATIVE, Presence.INDETERMINATE: labels.INDETERMINATE}
        return {**dict.fromkeys(labels.EXAM_LABELS, 0), on[form.presence]: 1}
    return {
        **unknown,
        labels.NEGATIVE: 0,
        labels.INDETERMINATE: 0,
        **_acuity_labels(form),
        **_place_labels(form),
        **_ratio_labels(form),
    }


def _acuity_labels(form: CtpaForm) -> dict[str, Label]:
    if form.acuity is None:
        return {}
    return {
        labels.CHRONIC: int(form.acuity is Acuity.CHRONIC),
        labels.ACUTE_AND_CHRONIC: int(form.acuity is Acuity.ACUTE_ON_CHRONIC),
    }


def _place_labels(form: CtpaForm) -> dict[str, Label]:
    """Central from the tree or the level; sides from the tree alone."""
    found: dict[str, Label] = {}
    level = form.most_proximal_level or form.level
    if level is not None:
        found[labels.CENTRAL] = int(level is Level.CENTRAL)
    if form.sides is not None:
        found[labels.LEFT] = int(form.sides in (Side.LEFT, Side.BOTH))
        found[labels.RIGHT] = int(form.sides in (Side.RIGHT, Side.BOTH))
    return found


def _ratio_labels(form: CtpaForm) -> dict[str, Label]:
    ratio = form.rv_lv_ratio
    if ratio is None:
        return {}
    return {labels.RV_LV_GTE_1: int(ratio >= 1.0), labels.RV_LV_LT_1: int(ratio < 1.0)}


def _problem(form: CtpaForm, *, has_positive: bool) -> str:
    if has_positive and form.presence in (Presence.ABSENT, Presence.INDETERMINATE):
        return f"slices are marked as PE, and the report says that it is {form.presence}"
    return ""
