"""CheckCard: what one check of the installation found, green or red. JSON round trip."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final, Self

from pe_models import places
from pe_models.checking.reference import Reference, StudyResult

SCHEMA_VERSION: Final = 1

MOST_DRIFT: Final = 0.01
"""How far a raw score may lie from the stored one: other processors round otherwise, by far less;
this is what would move a flag."""

MOST_SLOWER: Final = 3.0
"""How many times as slow as it usually is on this machine."""

_LEAST_EARLIER: Final = 3
_MOST_EARLIER: Final = 10


@dataclass(frozen=True, slots=True)
class CheckCard:
    """Green where ``problems`` is empty.

    ``time`` is UTC (ISO 8601). Counts are of this check; ``*_stored`` of the stored results, None
    where this check is the first of its bundle. ``drift`` is the largest difference of any raw
    score. ``usual_ms`` a slice is the median of earlier green checks, None while there are few.
    """

    time: str
    bundle: str
    bundle_sha256: str
    software: str
    device: str
    n_studies: int
    n_emboli: int
    n_found: int
    n_false_flags: int
    ms_a_slice: float
    n_found_stored: int | None = None
    n_false_flags_stored: int | None = None
    drift: float | None = None
    usual_ms: float | None = None
    problems: tuple[str, ...] = ()

    @property
    def is_green(self) -> bool:
        return not self.problems

    @property
    def is_first(self) -> bool:
        """Whether there was nothing to compare with."""
        return self.drift is None

    def to_dict(self) -> dict[str, Any]:
        return {"schema_version": SCHEMA_VERSION, "is_green": self.is_green, **asdict(self)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of ``to_dict``. Raises KeyError, TypeError or ValueError for another record."""
        if record["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"a card of schema version {record['schema_version']!r}")
        rest = {k: v for k, v in record.items() if k not in ("schema_version", "is_green")}
        return cls(**{**rest, "problems": tuple(record["problems"])})


def problems_of(
    measured: Sequence[StudyResult],
    reference: Reference,
    *,
    ms_a_slice: float,
    usual_ms: float | None,
) -> tuple[str, ...]:
    """What is not as stored, a sentence each."""
    if [s.name for s in measured] != [s.name for s in reference.studies]:
        return ("The phantoms of this check are others than the stored results are of.",)
    problems = []
    found, stored = n_found(measured), n_found(reference.studies)
    if found < stored:
        problems.append(f"Emboli found: {found}; it should be {stored}.")
    false, false_stored = n_false_flags(measured), n_false_flags(reference.studies)
    if false > false_stored:
        problems.append(f"False flags: {false}; it should be {false_stored}.")
    drift = drift_of(measured, reference)
    if drift > MOST_DRIFT:
        problems.append(f"A score lies {drift:.3f} from the stored one; {MOST_DRIFT} is allowed.")
    if usual_ms is not None and ms_a_slice > MOST_SLOWER * usual_ms:
        problems.append(
            f"A slice took {ms_a_slice:.0f} ms; it usually takes {usual_ms:.0f} ms here. Close "
            "other programs and check again."
        )
    return tuple(problems)


def drift_of(measured: Sequence[StudyResult], reference: Reference) -> float:
    """The largest difference of any raw score; 1 where a study has other slices."""
    apart = [0.0]
    for now, then in zip(measured, reference.studies, strict=True):
        if len(now.scores) != len(then.scores):
            return 1.0
        apart += [abs(a - b) for a, b in zip(now.scores, then.scores, strict=True)]
    return max(apart)


def n_found(studies: Sequence[StudyResult]) -> int:
    return sum(study.n_found for study in studies)


def n_false_flags(studies: Sequence[StudyResult]) -> int:
    return sum(study.n_false_flags for study in studies)


def usual_ms_of(cards: Sequence[CheckCard], bundle_sha256: str, device: str) -> float | None:
    """Median of the last green checks of the same bundle and device; None while there are few."""
    alike = [
        card.ms_a_slice
        for card in cards
        if card.is_green and (card.bundle_sha256, card.device) == (bundle_sha256, device)
    ]
    return median(alike[-_MOST_EARLIER:]) if len(alike) >= _LEAST_EARLIER else None


def history_file() -> Path:
    return places.user_data() / "checks.jsonl"


def read_cards() -> tuple[CheckCard, ...]:
    """Every check on this machine, oldest first; a spoilt line is passed over."""
    try:
        lines = history_file().read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()
    found = []
    for line in lines:
        try:
            found.append(CheckCard.from_dict(json.loads(line)))
        except (KeyError, TypeError, ValueError):
            continue
    return tuple(found)


def keep_card(card: CheckCard) -> None:
    with history_file().open("a", encoding="utf-8") as file:
        file.write(json.dumps(card.to_dict()) + "\n")
