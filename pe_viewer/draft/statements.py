"""What an impression states, read from its words in English or German, as far as patterns go.

It serves the consistency check alone: a doubt is shown to the reader, and nothing is decided by it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from pe_viewer.draft.denials import EMBOLISM, affirming_part, stated
from pe_viewer.form.answers import Acuity, Level, Presence
from pe_viewer.form.sites import Side

_Kind = TypeVar("_Kind", Side, Level, Acuity)

_STRAIN: Final = (
    r"(?:(?:right heart|right ventric\w*|RV)[ -](?:strain|overload|dysfunction)"
    r"|rechtsherzbelast\w*)"
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
    affirming = tuple(
        affirming_part(s, EMBOLISM) for s in sentences if stated(s, EMBOLISM) is Presence.PRESENT
    )
    without_heart = " . ".join(re.sub(_OF_THE_HEART, " ", s, flags=re.I) for s in affirming)
    ratio = _RATIO.search(text)
    return Statements(
        embolism=frozenset(_all_stated(sentences, EMBOLISM)),
        strain=frozenset(_all_stated(sentences, _STRAIN)),
        sides=frozenset(_named(_SIDES, without_heart)),
        levels=frozenset(_named(_LEVELS, without_heart)),
        acuities=frozenset(_named(_ACUITIES, without_heart)),
        rv_lv_ratio=None if ratio is None else float(ratio[1].replace(",", ".")),
    )


def _all_stated(sentences: tuple[str, ...], term: str) -> Iterator[Presence]:
    for sentence in sentences:
        said = stated(sentence, term)
        if said is not None:
            yield said


def _named(table: Mapping[_Kind, str], text: str) -> Iterator[_Kind]:
    return (kind for kind, pattern in table.items() if re.search(pattern, text, re.I))
