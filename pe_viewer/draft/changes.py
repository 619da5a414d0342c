"""What changed from one Review to the next, in words for the audit trail."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final

from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.form.sign_off import SignOff
from pe_viewer.review import Decision, Length, Measure, Review

_MOST_CHARACTERS: Final = 400
_TOLD_APART: Final = frozenset({"sites", "signs", "incidental", "overrides", "sources"})


@dataclass(frozen=True, slots=True)
class Change:
    """One act of a reader: a word for it, and what was done."""

    act: str
    detail: str


def changes_of(old: Review, new: Review) -> tuple[Change, ...]:
    """Nothing where both say the same. Slices are named by their ``slice_index``."""
    return (
        *_decided(old, new),
        *_measured(old.measures, new.measures),
        *_marked(old.key_slices, new.key_slices),
        *_filled(old.form, new.form),
        *_signed(old, new),
    )


def _decided(old: Review, new: Review) -> Iterator[Change]:
    for decision in new.decisions:
        if decision not in old.decisions:
            reason = f", {decision.reason}" if decision.reason else ""
            comment = f": {_short(decision.comment)}" if decision.comment else ""
            yield Change("decided", f"{_run(decision)} {decision.state}{reason}{comment}")
    runs = {_run(decision) for decision in new.decisions}
    for decision in old.decisions:
        if _run(decision) not in runs:
            yield Change("withdrew", f"{_run(decision)} {decision.state}")


def _run(decision: Decision) -> str:
    return f"slices {decision.first} to {decision.last}"


def _measured(old: tuple[Measure, ...], new: tuple[Measure, ...]) -> Iterator[Change]:
    for act, these, others in (("measured", new, old), ("removed measure", old, new)):
        for measure in these:
            if measure not in others:
                yield Change(act, f"{_measure(measure)} on slice {measure.slice_index}")


def _measure(measure: Measure) -> str:
    if isinstance(measure, Length):
        return "length" if measure.structure is None else f"{measure.structure} width"
    return "ellipse"


def _marked(old: frozenset[int], new: frozenset[int]) -> Iterator[Change]:
    for index in sorted(old ^ new):
        yield Change("key image", f"slice {index} {'marked' if index in new else 'unmarked'}")


def _filled(old: CtpaForm, new: CtpaForm) -> Iterator[Change]:
    for field in fields(CtpaForm):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before != after and field.name not in _TOLD_APART:
            yield Change("report", f"{field.name}: {_value(before)} -> {_value(after)}")
    for name in ("sites", "incidental"):
        for key in {**getattr(old, name), **getattr(new, name)}:
            before, after = getattr(old, name).get(key), getattr(new, name).get(key)
            if before != after:
                yield Change("report", f"{key}: {_value(before)} -> {_value(after)}")
    for sign in sorted(old.signs ^ new.signs):
        yield Change("report", f"{sign}: {'yes' if sign in new.signs else 'no'}")
    for override in new.overrides:
        if override not in old.overrides:
            yield Change("overrode", f"{override.rule_id}: {_short(override.reason)}")
    for override in old.overrides:
        if override not in new.overrides:
            yield Change("withdrew reason", override.rule_id)


def _signed(old: Review, new: Review) -> Iterator[Change]:
    if old.first_read is None and new.first_read is not None:
        yield Change("locked first read", f"{len(new.first_read)} findings")
    signed = new.sign_off
    if signed is None:
        return
    if old.sign_off is None:
        bundle = f", bundle {signed.bundle_sha256[:12]}" if signed.bundle_sha256 else ""
        yield Change("signed", f"{signed.n_viewed} of {signed.n_slices} slices viewed{bundle}")
    for addendum in signed.addenda[_n_addenda(old.sign_off) :]:
        yield Change("addendum", _short(addendum.text))


def _n_addenda(signed: SignOff | None) -> int:
    return 0 if signed is None else len(signed.addenda)


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Diameter):
        return f"{value.mm:.1f} mm"
    return _short(str(value)) if str(value) else "empty"


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"
