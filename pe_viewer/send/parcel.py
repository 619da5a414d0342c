"""Parcel: one object on its way; SendChoice: what a reader wants sent. Frozen values."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ParcelState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    """By the destination, or after the last attempt: it waits for a person."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One object on its way. ``due_at`` and ``changed_at`` are seconds since the epoch.

    ``kind`` is the format's name (``sr``); ``message`` says what went wrong last.
    """

    parcel_id: int
    destination: str
    kind: str
    file: Path
    state: ParcelState
    n_attempts: int
    due_at: float
    changed_at: float
    message: str


@dataclass(frozen=True, slots=True)
class SendChoice:
    """Formats of one report, all of them DICOM, for the destination of that name."""

    destination: str
    formats: tuple[str, ...]
    is_deidentified: bool = False
