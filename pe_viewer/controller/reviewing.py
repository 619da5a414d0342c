"""The reader's decisions, each of them undoable."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from PySide6.QtCore import QObject, Signal

from pe_models.findings import Flag
from pe_models.imaging.window import Window
from pe_viewer.display.looks import ViewTransform
from pe_viewer.display.texts import REASON_TEXTS
from pe_viewer.draft.model_lines import model_line
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.review import (
    Decision,
    DecisionState,
    Measure,
    RejectionReason,
    Review,
    Structure,
)
from pe_viewer.state import ReviewSnapshot, ReviewState

SIGNED: Final = "The report is signed: nothing was changed. An addendum can be added"


@dataclass(frozen=True, slots=True)
class _Step:
    """A Review with the view it was made in. Holds no Volume, no Findings and no job."""

    review: Review
    slice_index: int
    window: Window
    view: ViewTransform

    @classmethod
    def of(cls, snapshot: ReviewSnapshot) -> "_Step":
        return cls(snapshot.review, snapshot.slice_index, snapshot.window, snapshot.view)


@dataclass(slots=True)
class _History:
    """What can be undone and redone, newest last."""

    undoable: list[_Step] = field(default_factory=list)
    redoable: list[_Step] = field(default_factory=list)


class Reviewing(QObject):
    """Answers requests about decisions. One Review and one history a series, kept while open.

    ``reason_needed`` asks why a flag is rejected.
    """

    reason_needed = Signal()

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self._reviews: dict[str, Review] = {}
        self._histories: dict[str, _History] = {}
        self._asked: tuple[str, Flag] | None = None

    def review_of(self, series_key: str, *, kept: Review) -> Review:
        """What was said of a series in this session, else what was ``kept`` of an earlier one."""
        return self._reviews.setdefault(series_key, kept)

    def forget(self, series_keys: Iterable[str]) -> None:
        """Drops what was said of some series, and what could be undone of it."""
        for key in series_keys:
            self._reviews.pop(key, None)
            self._histories.pop(key, None)

    def decide(self, state: str) -> None:
        """Decides on the flag at the slice that is shown; ``state`` is a DecisionState's value."""
        flag = flag_at(self._state.snapshot)
        if flag is None:
            self._state.update(notice=_no_flag_here(self._state.snapshot))
        else:
            self.decide_on(Decision.on_flag(flag, DecisionState(state)))

    def ask_for_reason(self) -> None:
        """Asks why the flag at the slice that is shown is to be rejected."""
        snapshot = self._state.snapshot
        flag = flag_at(snapshot)
        self._asked = None if flag is None else (snapshot.series_key, flag)
        if flag is None:
            self._state.update(notice=_no_flag_here(snapshot))
        else:
            self.reason_needed.emit()

    def reject(self, reason: RejectionReason) -> None:
        """Rejects the flag that the reason was asked for, whichever slice is shown by now."""
        asked, self._asked = self._asked, None
        if asked is None:
            return
        (series_key, flag), snapshot = asked, self._state.snapshot
        if series_key == snapshot.series_key and flag in snapshot.flags:
            self.decide_on(Decision.on_flag(flag, DecisionState.REJECTED, reason))
        else:
            self._state.update(notice="That flag is not in view any more: nothing was rejected")

    def toggle_added(self) -> None:
        """A finding of the reader's own at the slice that is shown; the one there is removed."""
        snapshot = self._state.snapshot
        there = snapshot.review.added_at(snapshot.slice_index)
        if there is not None:
            self.remove(there)
        else:
            self.decide_on(Decision.added(snapshot.slice_index))

    def extend_added(self) -> None:
        """Lets the nearest of the reader's own findings reach to the slice that is shown."""
        snapshot = self._state.snapshot
        here = snapshot.slice_index
        nearest = min(snapshot.review.added, key=lambda d: abs(d.peak - here), default=None)
        if nearest is None:
            hint = snapshot.keymap.hint("add_finding")
            self._state.update(notice=f"No finding of yours to extend: add one{hint}")
            return
        review = snapshot.review.without(nearest).with_decision(nearest.reaching(here))
        self._record(review, notice="Finding extended")

    def remove(self, decision: Decision) -> None:
        is_added = decision.state is DecisionState.ADDED
        notice = "Finding removed" if is_added else _DECIDED[DecisionState.UNDECIDED]
        self._record(self._state.snapshot.review.without(decision), notice=notice)

    def comment_on(self, decision: Decision, comment: str) -> None:
        """Another comment on a run; "" takes it away."""
        review = self._state.snapshot.review.with_comment(decision, comment)
        self._record(review, notice="Comment kept" if comment else "Comment removed")

    def decide_on(self, decision: Decision) -> None:
        """Records one decision; on the same run it replaces another, whose comment it keeps."""
        run = (decision.first, decision.peak, decision.last)
        for before in self._state.snapshot.review.decisions:
            if (before.first, before.peak, before.last) == run and not decision.comment:
                decision = replace(decision, comment=before.comment)
        review = self._state.snapshot.review.with_decision(decision)
        reason = "" if decision.reason is None else f": {REASON_TEXTS[decision.reason]}"
        self._record(review, notice=_DECIDED[decision.state] + reason)

    def add_measure(self, measure: Measure) -> None:
        self._record(self._state.snapshot.review.with_measure(measure), notice="")

    def take_over_heart(self) -> None:
        """Makes the model's lines across both ventricles the reader's own, and shows the first."""
        review, findings = self._state.snapshot.review, self._state.snapshot.findings
        lines = [model_line(findings, structure) for structure in (Structure.RV, Structure.LV)]
        if None in lines:
            self._state.update(notice="There are no lines of the model across both ventricles")
            return
        for line in lines:
            review = review if line is None else review.with_measure(line)
        self._record(review, notice="The lines are yours now: drag an end to move it")
        if lines[0] is not None:
            self._state.update(slice_index=lines[0].slice_index)

    def set_form(self, form: CtpaForm, *, notice: str = "") -> None:
        """Another draft of the report's form."""
        self._record(replace(self._state.snapshot.review, form=form), notice=notice)

    def seal(self, review: Review, *, notice: str) -> None:
        """A signed review, or one with a further addendum; nothing before can be undone."""
        self._forget_steps()
        self._show(review, notice=notice)

    def keep_begun(self, review: Review) -> None:
        """What is typed and said of nothing yet: no step, so that nothing is undone by it."""
        self._show(review, notice="")

    def remove_last_measure(self) -> None:
        """Takes away the newest measure on the slice in view."""
        snapshot = self._state.snapshot
        here = snapshot.review.measures_on(snapshot.slice_index)
        if here:
            self._record(snapshot.review.without_measure(here[-1]), notice="Measure removed")
        else:
            self._state.update(notice="No measure on this slice")

    def lock_first_read(self) -> None:
        """Keeps the findings as they stand; what was done before cannot be undone any more."""
        review = self._state.snapshot.review
        self._forget_steps()
        self._show(replace(review, first_read=review.added), notice="")

    def toggle_key_slice(self) -> None:
        """Marks the slice in view as a key image, or takes the mark away."""
        snapshot = self._state.snapshot
        review = snapshot.review.with_key_slice_toggled(snapshot.slice_index)
        is_key = snapshot.slice_index in review.key_slices
        self._record(review, notice="Key image" if is_key else "No longer a key image")

    def undo(self) -> None:
        history = self._history()
        self._step(history.undoable, history.redoable, "Undone", "Nothing to undo")

    def redo(self) -> None:
        history = self._history()
        self._step(history.redoable, history.undoable, "Redone", "Nothing to redo")

    def _record(self, review: Review, *, notice: str) -> None:
        """Shows a new review, and keeps what stood before to be undone."""
        snapshot = self._state.snapshot
        if snapshot.series is None or review == snapshot.review:
            return
        if snapshot.review.sign_off is not None:
            self._state.update(notice=SIGNED)
            return
        history = self._history()
        history.undoable.append(_Step.of(snapshot))
        history.redoable.clear()
        self._show(review, notice=notice)

    def _step(self, source: list[_Step], target: list[_Step], done: str, nothing: str) -> None:
        if not source:
            self._state.update(notice=nothing)
            return
        snapshot, step = self._state.snapshot, source.pop()
        target.append(_Step.of(snapshot))
        begun = snapshot.review.begun_reasons
        self._show(replace(step.review, begun_reasons=begun), notice=done)
        self._state.update(slice_index=step.slice_index, window=step.window, view=step.view)

    def _show(self, review: Review, *, notice: str) -> None:
        series = self._state.snapshot.series
        if series is not None:
            self._reviews[series.key] = review
            self._state.update(review=review, notice=notice)

    def _forget_steps(self) -> None:
        history = self._history()
        history.undoable.clear()
        history.redoable.clear()

    def _history(self) -> _History:
        series = self._state.snapshot.series
        return self._histories.setdefault("" if series is None else series.key, _History())


def flag_at(snapshot: ReviewSnapshot) -> Flag | None:
    """The flag that holds the slice that is shown; of several, the one whose peak is nearest."""
    here = snapshot.slice_index
    holding = [flag for flag in snapshot.flags if here in flag]
    return min(holding, key=lambda flag: abs(flag.peak - here), default=None)


def _no_flag_here(snapshot: ReviewSnapshot) -> str:
    """With the key that leads to one."""
    return f"No flag at this slice: go to the next one{snapshot.keymap.hint('next_flag')}"


_DECIDED = {
    DecisionState.ACCEPTED: "Flag accepted",
    DecisionState.REJECTED: "Flag rejected",
    DecisionState.UNSURE: "Flag marked as unsure",
    DecisionState.UNDECIDED: "Decision withdrawn",
    DecisionState.ADDED: "Finding added",
}
