"""What the form asks, section by section: the questions as data."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, TypeVar

from pe_viewer.draft.words import words_of
from pe_viewer.form.answers import (
    Acuity,
    BolusQuality,
    Degree,
    Incidental,
    Language,
    Level,
    Presence,
    Reflux,
    Septum,
    Sign,
)

Choices = tuple[tuple[StrEnum, str], ...]
_Answer = TypeVar("_Answer", bound=StrEnum)

_SHORT: Final[dict[StrEnum, str]] = {
    Septum.BOWED: "bowed to the left",
    Reflux.CAVA: "cava",
    Reflux.HEPATIC_VEINS: "hepatic veins",
    Acuity.ACUTE_ON_CHRONIC: "both",
}


def _choices(values: Iterable[_Answer]) -> tuple[tuple[_Answer, str], ...]:
    words = words_of(Language.ENGLISH)
    return tuple((value, _SHORT.get(value) or words.of(value)) for value in values)


QUALITY_QUESTIONS: Final = (
    ("bolus", "Contrast", _choices(BolusQuality)),
    ("motion", "Motion", _choices(Degree)),
    ("beam_hardening", "Hardening", _choices(Degree)),
)
EMBOLISM_QUESTIONS: Final = (
    ("presence", "Embolism", _choices(Presence)),
    ("level", "Level", _choices(Level)),
    ("acuity", "Clot age", _choices(Acuity)),
)
HEART_QUESTIONS: Final = (
    ("septum", "Septum", _choices(Septum)),
    ("reflux", "Reflux", _choices(Reflux)),
    ("strain", "Strain", _choices(Presence)),
)
INFARCT_QUESTION: Final = ("infarct", "Infarct", _choices(Presence))
"""Field of the form, title on screen, answers."""

SIGNS: Final = _choices(Sign)
INCIDENTAL: Final = _choices(Incidental)
LANGUAGES: Final[Choices] = ((Language.ENGLISH, "English"), (Language.GERMAN, "Deutsch"))
