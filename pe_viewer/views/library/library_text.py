"""What lists say of a study in the library, and what it is found by."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from pe_viewer.display.texts import (
    IDENTITY_HIDDEN,
    count_text,
    date_text,
    person_name,
    score_text,
)
from pe_viewer.library.entry import BadgeKind, LibraryEntry, ModelBadge, ReadingStage
from pe_viewer.state import Activity, Phase, QueuedStudy

STAGE_TEXTS: Final[Mapping[ReadingStage, str]] = {
    ReadingStage.OPENED: "opened",
    ReadingStage.BEGUN: "reading begun",
    ReadingStage.LOCKED: "first read locked",
    ReadingStage.SIGNED: "signed",
}

_NOT_ANALYSED: Final = "not analysed"


def patient_text(entry: LibraryEntry, *, hides_identity: bool) -> str:
    return IDENTITY_HIDDEN if hides_identity else person_name(entry.patient_name) or "No name"


def badge_text(badge: ModelBadge | None) -> str:
    """``flagged 0.94``, ``nothing flagged``, ``cannot say``, ``held back`` or ``not analysed``."""
    if badge is None:
        return _NOT_ANALYSED
    if badge.kind is BadgeKind.FLAGGED:
        return f"flagged {score_text(badge.score)}"
    return badge.kind.value


def badge_line(badge: ModelBadge | None) -> str:
    """The same where no heading says that the model speaks: ``Model: flagged 0.94``."""
    words = badge_text(badge)
    return words.capitalize() if badge is None else f"Model: {words}"


def queue_text(activity: Activity | None) -> str:
    """Where the analysis in the background stands; "" for a study that is in no queue."""
    if activity is None or activity.phase is Phase.DONE:
        return ""
    if activity.is_running:
        return f"{activity.stage.lower()} {100 * activity.fraction:.0f} %"
    if activity.phase is Phase.FAILED:
        return f"not analysed: {activity.message}"
    return "queued"


def activity_of(queue: tuple[QueuedStudy, ...], study_key: str) -> Activity | None:
    return next((q.activity for q in queue if q.study_key == study_key), None)


def queue_line(queue: Sequence[QueuedStudy]) -> str:
    """``Queue: 3 studies left, analysing 41 %``; "" where nothing waits."""
    waiting = [queued.activity for queued in queue if is_waiting(queued.activity)]
    if not waiting:
        return ""
    running = next((activity for activity in waiting if activity.is_running), None)
    left = f"Queue: {count_text(len(waiting), 'study', 'studies')} left"
    return left if running is None else f"{left}, {queue_text(running)}"


def is_waiting(activity: Activity | None) -> bool:
    """Whether a study waits in the queue, or is being analysed there."""
    return activity is not None and activity.phase in (Phase.IDLE, Phase.RUNNING)


def opened_text(entry: LibraryEntry) -> str:
    """``2026-11-20 14:05``, by the clock of this computer."""
    return datetime.fromisoformat(entry.opened_at).astimezone().strftime("%Y-%m-%d %H:%M")


def matches(entry: LibraryEntry, sought: str, *, hides_identity: bool) -> bool:
    """Whether every word of ``sought`` stands somewhere in what the list says of ``entry``."""
    told = search_words(entry, hides_identity=hides_identity)
    return all(word in told for word in sought.casefold().split())


def search_words(entry: LibraryEntry, *, hides_identity: bool) -> str:
    """All that the list shows of ``entry``; of who it is nothing while that is hidden."""
    identity = (entry.patient_name, person_name(entry.patient_name), entry.patient_id,
                entry.accession_number, entry.date, date_text(entry.date))  # fmt: skip
    shown = (entry.description, badge_text(entry.badge), STAGE_TEXTS[entry.stage])
    return "\n".join(shown if hides_identity else (*identity, *shown)).casefold()
