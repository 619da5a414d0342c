"""What the library says of one study: a frozen row of its list."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from pe_models.findings import Findings, Verdict
from pe_viewer.library.review_json import Reading


class ReadingStage(StrEnum):
    """How far the reader has come with a study; later stages stand further down."""

    OPENED = "opened"
    BEGUN = "begun"
    LOCKED = "locked"
    SIGNED = "signed"


class BadgeKind(StrEnum):
    """What a list says of the model, in one word."""

    FLAGGED = "flagged"
    NOTHING_FLAGGED = "nothing flagged"
    CANNOT_SAY = "cannot say"
    HELD_BACK = "held back"


@dataclass(frozen=True, slots=True)
class ModelBadge:
    """The model's last word on a study. ``score`` is the highest of any slice, in [0, 1], and 0
    where it is held back."""

    kind: BadgeKind
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """One study that was opened, as its headers named it then.

    ``study_key`` tells it from all others, also where two patients share a ``study_uid``.
    ``paths`` hold its files. ``opened_at`` is ISO 8601 in UTC. ``badge`` is None while no model has
    looked at it; ``may_show_model`` says whether a second reader has locked a first read of what
    the badge is about, or saw the model before.
    """

    study_key: str
    study_uid: str
    patient_name: str
    patient_id: str
    birth_date: str
    date: str
    description: str
    accession_number: str
    paths: tuple[Path, ...]
    opened_at: str
    n_series: int
    stage: ReadingStage = ReadingStage.OPENED
    badge: ModelBadge | None = None
    may_show_model: bool = False

    def for_second_reader(self) -> "LibraryEntry":
        """This entry without what the model said, where the first read is still open."""
        if self.may_show_model or self.badge is None:
            return self
        return replace(self, badge=ModelBadge(BadgeKind.HELD_BACK))


def stage_of(reading: Reading) -> ReadingStage:
    review = reading.review
    if review.sign_off is not None:
        return ReadingStage.SIGNED
    if review.first_read is not None:
        return ReadingStage.LOCKED
    acts = (review.decisions, review.key_slices, review.measures, review.comment)
    has_begun = any(acts) or not review.form.is_empty
    return ReadingStage.BEGUN if has_begun else ReadingStage.OPENED


def badge_kind_of(findings: Findings) -> BadgeKind:
    """As the verdict reads: flagged also where only single runs are."""
    if findings.verdict is Verdict.INDETERMINATE:
        return BadgeKind.CANNOT_SAY
    if findings.verdict is Verdict.POSITIVE or findings.flags:
        return BadgeKind.FLAGGED
    return BadgeKind.NOTHING_FLAGGED
