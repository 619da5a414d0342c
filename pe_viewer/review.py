"""The reader's decisions: frozen values, never written into Findings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from pe_models.findings import Flag
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.form.sign_off import SignOff


class DecisionState(StrEnum):
    UNDECIDED = "undecided"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNSURE = "unsure"
    ADDED = "added"


class RejectionReason(StrEnum):
    """Why a Flag is not PE; from what CAD systems are known to mistake for it."""

    VEIN = "vein"
    NODE = "node"
    MOTION = "motion"
    BEAM_HARDENING = "beam hardening"
    FLOW = "flow"
    MUCUS = "mucus"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the reader says of one run of slices: a Flag of the model, or one of their own.

    ``first``, ``peak`` and ``last`` are inclusive slice indices in Volume order.
    """

    first: int
    peak: int
    last: int
    state: DecisionState
    reason: RejectionReason | None = None
    comment: str = ""

    @classmethod
    def on_flag(
        cls, flag: Flag, state: DecisionState, reason: RejectionReason | None = None
    ) -> Self:
        return cls(flag.first, flag.peak, flag.last, state, reason)

    @classmethod
    def added(cls, slice_index: int) -> Self:
        """A finding of the reader's own on one slice."""
        return cls(slice_index, slice_index, slice_index, DecisionState.ADDED)

    def reaching(self, slice_index: int) -> "Decision":
        """This run, made long enough to hold a slice; its peak stays."""
        first, last = min(self.first, slice_index), max(self.last, slice_index)
        return replace(self, first=first, last=last)

    def is_about(self, flag: Flag) -> bool:
        return self.state is not DecisionState.ADDED and (
            (self.first, self.peak, self.last) == (flag.first, flag.peak, flag.last)
        )


Point = tuple[float, float]
"""Row and col in a slice, fractional; whole numbers are the centres of pixels."""


class Structure(StrEnum):
    """What a length is the width of, where it stands for more than a length."""

    RV = "RV"
    LV = "LV"
    TRUNK = "PA trunk"


@dataclass(frozen=True, slots=True)
class Length:
    """A straight line on one slice, from ``start`` to ``end``; across ``structure``, if named."""

    slice_index: int
    start: Point
    end: Point
    structure: Structure | None = None


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An ellipse on one slice, upright in its box from ``start`` to ``end``."""

    slice_index: int
    start: Point
    end: Point


Measure = Length | Ellipse


@dataclass(frozen=True, slots=True)
class Review:
    """All that the reader says of one Study: decisions, key images and measures, oldest first.

    ``first_read`` are the reader's own findings as they stood when the first read was locked,
    before the model was seen; None where nothing was locked. ``form`` is the draft of the CTPA
    report. ``sign_off`` None is a review that goes on; a signed one is not changed any more, but
    for addenda. ``begun_addendum`` is typed for another one, and no part of the report yet; no more
    are ``begun_reasons``, typed against rules of the consistency check, by ``rule_id``.
    """

    decisions: tuple[Decision, ...] = ()
    key_slices: frozenset[int] = field(default_factory=frozenset)
    measures: tuple[Measure, ...] = ()
    first_read: tuple[Decision, ...] | None = None
    comment: str = ""
    form: CtpaForm = field(default_factory=CtpaForm)
    sign_off: SignOff | None = None
    begun_addendum: str = ""
    begun_reasons: Mapping[str, str] = field(default_factory=dict)

    def with_begun_reason(self, rule_id: str, words: str) -> "Review":
        """This review with what is typed against a rule; "" where nothing is any more."""
        others = {key: begun for key, begun in self.begun_reasons.items() if key != rule_id}
        return replace(self, begun_reasons={**others, rule_id: words} if words else others)

    def decision_on(self, flag: Flag) -> Decision | None:
        """The decision on ``flag``; None while undecided."""
        return next((d for d in self.decisions if d.is_about(flag)), None)

    def state_of(self, flag: Flag) -> DecisionState:
        decision = self.decision_on(flag)
        return DecisionState.UNDECIDED if decision is None else decision.state

    def with_comment(self, decision: Decision, comment: str) -> "Review":
        """This review with another comment on one run, decided upon or not."""
        return self.with_decision(replace(decision, comment=comment))

    def without(self, decision: Decision) -> "Review":
        """This review without one decision and its comment."""
        return replace(self, decisions=tuple(d for d in self.decisions if d != decision))

    def added_at(self, slice_index: int) -> Decision | None:
        """The reader's own run that holds a slice; None where none does."""
        return next((d for d in self.added if d.first <= slice_index <= d.last), None)

    @property
    def added(self) -> tuple[Decision, ...]:
        """The reader's own runs, from the head to the feet."""
        return tuple(d for d in self.decisions if d.state is DecisionState.ADDED)

    def detached(self, flags: tuple[Flag, ...]) -> tuple[Decision, ...]:
        """What was said of runs that none of ``flags`` is, which are all there are now: they were
        another bundle's. From the head to the feet."""
        others = (d for d in self.decisions if d.state is not DecisionState.ADDED)
        return tuple(d for d in others if not any(d.is_about(flag) for flag in flags))

    @property
    def n_accepted(self) -> int:
        return sum(d.state is DecisionState.ACCEPTED for d in self.decisions)

    def measures_on(self, slice_index: int) -> tuple[Measure, ...]:
        return tuple(m for m in self.measures if m.slice_index == slice_index)

    def width_of(self, structure: Structure) -> Length | None:
        """The line across a structure; None where it was not measured."""
        lengths = (m for m in self.measures if isinstance(m, Length))
        return next((m for m in lengths if m.structure is structure), None)

    def with_measure(self, measure: Measure) -> "Review":
        """This review with one more measure; a structure has one width, the newest."""
        older = None
        if isinstance(measure, Length) and measure.structure is not None:
            older = self.width_of(measure.structure)
        kept = tuple(m for m in self.measures if m is not older)
        return replace(self, measures=(*kept, measure))

    def without_measure(self, measure: Measure) -> "Review":
        return replace(self, measures=tuple(m for m in self.measures if m != measure))

    def with_key_slice_toggled(self, slice_index: int) -> "Review":
        """This review with a slice among the key images, or no longer so."""
        return replace(self, key_slices=self.key_slices ^ {slice_index})

    def with_decision(self, decision: Decision) -> "Review":
        """This review where ``decision`` replaces any other on the same run."""
        run = (decision.first, decision.peak, decision.last)
        others = tuple(d for d in self.decisions if (d.first, d.peak, d.last) != run)
        if decision.state is DecisionState.UNDECIDED and not decision.comment:
            return replace(self, decisions=others)
        kept = sorted((*others, decision), key=lambda d: -d.peak)
        return replace(self, decisions=tuple(kept))
