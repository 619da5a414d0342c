"""What an impression states, read from its words in English or German, as far as patterns go.

It serves the consistency check alone: a doubt is shown to the reader, and nothing is decided by it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from pe_viewer.form.answers import Acuity, Level, Presence
from pe_viewer.form.sites import Side

_Kind = TypeVar("_Kind", Side, Level, Acuity)

_EMBOLISM: Final = r"(?:embol\w*|\bPEs?\b|\bLAE\b|lungenembol\w*|lungenarterienembol\w*)"
_STRAIN: Final = (
    r"(?:(?:right heart|right ventric\w*|RV)[ -](?:strain|overload|dysfunction)"
    r"|rechtsherzbelast\w*)"
)
_BEFORE: Final = r"\b(?:no|without|negative for|excludes?|absence of|keine?\w?|ohne|ausschluss)\b"
_AFTER: Final = (
    r"\b(?:excluded|absent|not (?:seen|present|found)|ausgeschlossen|nicht nachweisbar)\b"
)
_OPEN: Final = (
    r"neither|\bnor\b|indeterminate|uncertain|cannot|can not|not be excluded|not excluded|weder"
    r"|nicht (?:sicher )?aus(?:geschlossen|schlie\w+|zuschlie\w+)|fraglich|nicht beurteilbar"
)
_SENTENCE_ENDS: Final = re.compile(r"(?:[.;!?](?=\s|$))|\n")
_RATIO: Final = re.compile(r"RV\s*/\s*LV\D{0,20}?(\d+(?:[.,]\d+)?)", re.IGNORECASE)

_SIDES: Final = {
    Side.RIGHT: r"\bright\b|\brechts\b|\brechte[nrs]?\b|\brechtsseitig\w*",
    Side.LEFT: r"\bleft\b|\blinks\b|\blinke[nrs]?\b|\blinksseitig\w*",
    Side.BOTH: r"\bbilateral\w*|\bboth\b|\bbeidseit\w*|\bbeide[nr]?\b|\bbds\b",
}
_LEVELS: Final = {
    Level.CENTRAL: r"\bcentral\b(?! filling)|\bzentral\w*|\bsaddle\b",
    Level.LOBAR: r"\blobar\b|\blobär\w*",
    Level.SEGMENTAL: r"\bsegmental\w*",
    Level.SUBSEGMENTAL: r"\bsubsegmental\w*",
}
_ACUITIES: Final = {Acuity.ACUTE: r"\bacute\b|\bakut\w*", Acuity.CHRONIC: r"\bchroni\w*"}
_OF_THE_HEART: Final = r"(?:right|left)[ -](?:heart|ventric\w*|atri\w*)|rechtsherz\w*|RV\s*/\s*LV"


@dataclass(frozen=True, slots=True)
class Statements:
    """What was found; empty or None where nothing was.

    ``sides``, ``levels`` and ``acuities`` are those of sentences that affirm embolism.
    """

    embolism: frozenset[Presence] = frozenset()
    strain: frozenset[Presence] = frozenset()
    sides: frozenset[Side] = frozenset()
    levels: frozenset[Level] = frozenset()
    acuities: frozenset[Acuity] = frozenset()
    rv_lv_ratio: float | None = None


def statements_of(text: str) -> Statements:
    """Reads an impression sentence by sentence."""
    sentences = tuple(s.strip() for s in _SENTENCE_ENDS.split(text) if s.strip())
    affirming = tuple(s for s in sentences if _stated(s, _EMBOLISM) is Presence.PRESENT)
    without_heart = " . ".join(re.sub(_OF_THE_HEART, " ", s, flags=re.I) for s in affirming)
    ratio = _RATIO.search(text)
    return Statements(
        embolism=frozenset(_all_stated(sentences, _EMBOLISM)),
        strain=frozenset(_all_stated(sentences, _STRAIN)),
        sides=frozenset(_named(_SIDES, without_heart)),
        levels=frozenset(_named(_LEVELS, without_heart)),
        acuities=frozenset(_named(_ACUITIES, without_heart)),
        rv_lv_ratio=None if ratio is None else float(ratio[1].replace(",", ".")),
    )


def _all_stated(sentences: tuple[str, ...], term: str) -> Iterator[Presence]:
    for sentence in sentences:
        stated = _stated(sentence, term)
        if stated is not None:
            yield stated


def _stated(sentence: str, term: str) -> Presence | None:
    """What a sentence says of a term; None where it does not speak of it.

    "No central embolism" leaves the smaller arteries open and denies nothing here.
    """
    if re.search(term, sentence, re.I) is None:
        return None
    if re.search(_OPEN, sentence, re.I):
        return Presence.INDETERMINATE
    denial = re.search(rf"{_BEFORE}[^,.;:]*?{term}|{term}[^,.;:]*?{_AFTER}", sentence, re.I)
    if denial is None:
        return Presence.PRESENT
    is_of_a_level = any(_named(_LEVELS, denial[0]))
    return None if is_of_a_level else Presence.ABSENT


def _named(table: Mapping[_Kind, str], text: str) -> Iterator[_Kind]:
    return (kind for kind, pattern in table.items() if re.search(pattern, text, re.I))
