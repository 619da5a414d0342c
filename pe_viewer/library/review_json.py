"""A reading as JSON and back: decisions, key images, measures, and what was viewed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.form.form_json import (
    form_from_dict,
    form_to_dict,
    sign_off_from_dict,
    sign_off_to_dict,
)
from pe_viewer.review import (
    Decision,
    DecisionState,
    Ellipse,
    Length,
    Measure,
    Point,
    RejectionReason,
    Review,
    Structure,
)

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Reading:
    """All that is kept of one series: the Review, the slice in view, the slices viewed, and whether
    the reader has seen what a model says of it."""

    review: Review = field(default_factory=Review)
    slice_index: int | None = None
    viewed: frozenset[int] = frozenset()
    model_was_seen: bool = False

    def fitting(self, n_slices: int) -> "Reading":
        """This reading, or an empty one where it names slices that the series does not have."""
        review = self.review
        named = [self.slice_index or 0, *self.viewed, *review.key_slices]
        named += [d.last for d in (*review.decisions, *(review.first_read or ()))]
        named += [measure.slice_index for measure in review.measures]
        widths = (review.form.rv, review.form.lv, review.form.trunk)
        named += [width.slice_index or 0 for width in widths if width is not None]
        return self if max(named) < n_slices else Reading()


def reading_to_json(reading: Reading) -> str:
    review = reading.review
    record = {
        "schema_version": SCHEMA_VERSION,
        "decisions": [asdict(d) for d in review.decisions],
        "first_read": None if review.first_read is None else [asdict(d) for d in review.first_read],
        "key_slices": sorted(review.key_slices),
        "measures": [{"kind": _KINDS[type(m)], **asdict(m)} for m in review.measures],
        "comment": review.comment,
        "form": form_to_dict(review.form),
        "sign_off": None if review.sign_off is None else sign_off_to_dict(review.sign_off),
        "begun_addendum": review.begun_addendum,
        "begun_reasons": dict(review.begun_reasons),
        "slice_index": reading.slice_index,
        "viewed": _runs(sorted(reading.viewed)),
        "model_was_seen": reading.model_was_seen,
    }
    return json.dumps(record)


def reading_from_json(text: str) -> Reading:
    """Inverse of ``reading_to_json``. Raises ValueError for anything else."""
    record = json.loads(text)
    if not isinstance(record, dict) or record.get("schema_version") != SCHEMA_VERSION:
        raise ValueError("not a reading of this version")
    try:
        return _reading_of(record)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a reading lacks or spoils {error}") from error


def _reading_of(record: Mapping[str, Any]) -> Reading:
    first_read = record["first_read"]
    form, sign_off = record.get("form"), record.get("sign_off")  # readings of before had none
    review = Review(
        decisions=tuple(_decision(entry) for entry in record["decisions"]),
        key_slices=frozenset(int(index) for index in record["key_slices"]),
        measures=tuple(_measure(entry) for entry in record["measures"]),
        first_read=None if first_read is None else tuple(_decision(e) for e in first_read),
        comment=str(record["comment"]),
        form=CtpaForm() if form is None else form_from_dict(form),
        sign_off=None if sign_off is None else sign_off_from_dict(sign_off),
        begun_addendum=str(record.get("begun_addendum", "")),
        begun_reasons={str(k): str(v) for k, v in record.get("begun_reasons", {}).items()},
    )
    viewed = {k for first, last in record["viewed"] for k in range(int(first), int(last) + 1)}
    seen = bool(record.get("model_was_seen", False))
    return Reading(review, record["slice_index"], frozenset(viewed), seen)


def _decision(entry: Mapping[str, Any]) -> Decision:
    reason = entry["reason"]
    return Decision(
        first=int(entry["first"]),
        peak=int(entry["peak"]),
        last=int(entry["last"]),
        state=DecisionState(entry["state"]),
        reason=None if reason is None else RejectionReason(reason),
        comment=str(entry["comment"]),
    )


_KINDS: Final[Mapping[type[Measure], str]] = {Length: "length", Ellipse: "ellipse"}


def _measure(entry: Mapping[str, Any]) -> Measure:
    kind = next(kind for kind, name in _KINDS.items() if name == entry["kind"])
    place = int(entry["slice_index"]), _point(entry["start"]), _point(entry["end"])
    structure = entry.get("structure")
    return Length(*place, Structure(structure)) if kind is Length and structure else kind(*place)


def _point(values: Sequence[float]) -> Point:
    row, col = values
    return float(row), float(col)


def _runs(indices: Iterable[int]) -> list[tuple[int, int]]:
    """Neighbouring indices as (first, last)."""
    runs: list[tuple[int, int]] = []
    for index in indices:
        if runs and runs[-1][1] == index - 1:
            runs[-1] = runs[-1][0], index
        else:
            runs.append((index, index))
    return runs
