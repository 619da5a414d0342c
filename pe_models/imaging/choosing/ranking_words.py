"""What the descriptions of series, protocols and studies say, in the languages that write them.

A description is brought to one form first: lower case, without accents, words apart at underscores
and the like. Words of one table entry are alternatives. Patterns are matched against that form, so
they hold no capitals and no accents.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Final


class Kind(Enum):
    """What a hint speaks of. At most one hint of a kind counts: the first in the table."""

    PURPOSE = auto()
    REGION = auto()
    ELSEWHERE = auto()
    CONTRAST = auto()
    PHASE = auto()
    SCOUT = auto()
    BOLUS = auto()
    PROJECTION = auto()
    RENDERING = auto()
    REPORT = auto()
    SPECTRAL = auto()
    LUNG = auto()


@dataclass(frozen=True, slots=True)
class Hint:
    """Words, and what they speak for. ``most_slices`` bounds the series that they may mean."""

    kind: Kind
    points: float
    reason: str
    pattern: re.Pattern[str]
    most_slices: int | None = None


def _hint(
    kind: Kind, points: float, reason: str, *words: str, most_slices: int | None = None
) -> Hint:
    return Hint(kind, points, reason, re.compile("|".join(words)), most_slices)


@lru_cache(maxsize=1024)  # an archive of single images repeats a few descriptions
def hints_in(text: str) -> tuple[Hint, ...]:
    """The hints that a description gives, at most one of a kind."""
    plain = plain_text(text)
    found: dict[Kind, Hint] = {}
    for hint in _HINTS:
        if hint.kind not in found and hint.pattern.search(plain):
            found[hint.kind] = hint
    return tuple(found.values())


def plain_text(text: str) -> str:
    """``text`` in the form that the table is written for; what says nothing is taken out."""
    parts = unicodedata.normalize("NFKD", text[:_LONGEST].casefold())
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    plain = unicodedata.normalize("NFC", plain)  # syllables of Hangul came apart too
    plain = re.sub(r"[_^|,;:()\[\]]+", " ", plain)
    for pattern in _SAYS_NOTHING:
        plain = pattern.sub(" ", plain)
    return " ".join(plain.split())


_LONGEST: Final = 512
"""A description has at most 64 characters (PS3.5 6.2), and three are read as one text."""

_WITHOUT: Final = r"(?:w/?o|without|ohne|sans|sin|senza|sem|zonder|uden|utan|bez)"
_WITH: Final = r"(?:w|with|mit|avec|con|com|met|med|c)"
_CONTRAST_WORD: Final = r"(?: (?:iv )?(?:contrast\w*|kontrast\w*|con\b|km|cm|pc|mdc|inj\w*))?"
_AND: Final = r" ?(?:/|&|\+|and|und|et|y|e|en|og|och|u\.?)? ?"

_SAYS_NOTHING: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # both with and without: true of the study, and silent on this series
        rf"\b{_WITH}{_AND}{_WITHOUT}\b{_CONTRAST_WORD}",
        rf"\b{_WITHOUT}{_AND}{_WITH}\b{_CONTRAST_WORD}",
        rf"\b{_WITHOUT} (?:ecg|ekg|gating|trigger\w*|metal\w*|breath\w*)\b",
        r"\baidr ?3d\w*",  # reconstructions, neither renderings nor dose reports
        r"\bidose\w*",
        r"\b(?:ultra ?)?low[- ]?dose\b|\bniedrigdosis\b|\bfaible dose\b|\bbaja dosis\b",
        r"\bhead[- ]?first\b|\bfeet[- ]?first\b",
        r"\bchemoemboli\w*|\bemboli[sz]ati\w*|\bembolisatie\w*",  # treatments by embolization
    )
)

_PULMONARY: Final = r"(?:pulm|polm)"
_ANGIO_CT: Final = r"(?:angio\w*|cta|act|atc)"

_HINTS: Final[tuple[Hint, ...]] = (
    _hint(
        Kind.PURPOSE,
        6,
        "its description names pulmonary embolism or angiography",
        r"\bp\.? ?e\b(?!\w)",
        r"\bct ?-?p[ae]\b|\bctap\w*|\bcta-?p\b|\bpe ?cta?\b",
        r"embol|zator",
        rf"{_PULMONARY}\w* ?-?(?:angio|art|emb)|\bpa[ -]?angio|\btriple rule",
        rf"\bart\w*\.? {_PULMONARY}",
        rf"\b{_ANGIO_CT}[ -]?(?:\w+[ -]){{0,2}}{_PULMONARY}",
        rf"{_PULMONARY}\w* ?-?(?:ct)?a\b",
        r"lungenart|\blae\b|\bcta? ?(?:van de )?long(?:en|art)\w*|\blungangio|\blongangio",
        r"\btep\b(?![ -]*(?:ct|tdm|scan))",  # tromboembolismo pulmonar; the French TEP-TDM is a PET
        r"\b(?:angio\w*|tdm|scanner|recherche|suspicion|protocole)(?: \w+)? ep\b",
        r"肺(?:動脈|动脉|塞栓|栓塞)|폐색전|폐동맥|тэла|легочн",
    ),
    _hint(
        Kind.PURPOSE,
        -3,
        "its description names the aorta or the heart",
        r"\baort|dissecti|dissektion|dissezione|diseccion",
        r"\btav[ir]\b|\bevar\b|\btevar\b|\bccta\b|\bcorona?r[yio]|\bkoronar(?:ct|a)|\bcardiac|\bherz",
        r"pulm\w* ?(?:vein|ven[ae])|pulmonalven|lungenven",
        r"\bcalcium|\bca-?sc|\bcoeur\b|\bcuore\b|\bcorazon\b",
    ),
    _hint(Kind.PURPOSE, 2, "its description names an angiography", r"\bcta\b|angio|\batc\b"),
    _hint(
        Kind.REGION,
        1,
        "its description names the chest",
        r"chest|thora|torac|torax|\bbrust|\bborst|\bpoitrine|\bklatka|грудн|胸",
    ),
    _hint(
        Kind.CONTRAST,
        -4,
        "its description says without contrast",
        rf"\b{_WITHOUT}\b",
        r"\bnon?[- ]?(?:contrast|con\b|enhanced|ce\b)|\bnoncon\w*|\bunenh\w*",
        r"\bncct\b|\bnc\b|\bnect\b",
        r"\bnati[vf]\w*|\bplain\b|\bblanco\b|\bbasale\b|\bsimple\b|\bspc\b|\bs/c\b",
        r"(?<!\w)(?:c|iv|km)-(?!\w)|平扫|単純",
    ),
    _hint(
        Kind.CONTRAST,
        2,
        "its description says with contrast",
        rf"\b(?:w/? ?|{_WITH} )(?:iv|contrast|kontrast|km|cm|mdc|mc|cte|pc|injection|inyeccion)",
        r"\bcontrast(?! ?med\w* ?0)|\benhanced|\bkm\b|\bapc\b|\bc/c\b|\binjecte",
        r"(?<!\w)(?:c|iv|km)\+(?!\w)|増強|增强|造影",
    ),
    _hint(
        Kind.PHASE,
        -3,
        "its description names a later phase",
        r"\bdelay|\blate\b|\bspat\w*|\btardi[vfo]|\btardia|\bretard",
        r"venous|venos|veneu|\bven\b|portal|portov|\bequilib|\bexcret|\bpv\b",
    ),
    _hint(
        Kind.PHASE,
        1,
        "its description names an arterial phase",
        r"\barterial|\barteriel|\barteriell|\bart\b|\bpulm\w* phase",
    ),
    _hint(
        Kind.SCOUT,
        -20,
        "a scout view",
        r"\bscout|\btopo\b|topogram|locali[sz]er|localizador|surview|scanogra|scano\b",
        r"\bpilot\b|ubersicht|\breperage|\bradiographie de centrage",
    ),
    _hint(
        Kind.BOLUS,
        -12,
        "follows the bolus at one place",
        r"bolus|smart ?prep|monitoring|tracker|tracking|test ?inj|timing|sure ?start|\blocator\b",
        most_slices=60,
    ),
    _hint(
        Kind.PROJECTION,
        -6,
        "maximum intensity projections",
        r"\bmip\b|\bmax\w* int",
    ),
    _hint(
        Kind.RENDERING,
        -8,
        "a rendering",
        r"\bminip\b|\bvrt?\b|\b3d\b|volume render|endoscop|\bssd\b",
    ),
    _hint(
        Kind.REPORT,
        -20,
        "a report, not a CT series",
        r"\bdos(?:e|is)[ -]?(?:report|info|sheet|record|summ|protokoll|bericht|page|data)|^dose$",
        r"\breport\b|protocol page|patient protocol|screen ?(?:save|shot|cap)|\bsummary\b",
    ),
    _hint(
        Kind.ELSEWHERE,
        -6,
        "not the chest",
        r"\bhead\b|brain|neuro|schadel|cranial|cranio|\bkopf|\bcrane\b|\btete\b|\bcerebr",
        r"spine|\bwirbel|\brachis|\bknee|\bknie|\blegs?\b|lower ext|\brun ?off|\bbein|\bfemor",
        r"\bneck\b|\bhals\b|\bcarotid|\bkarotis|\bcou\b|\bsinus|\bpelvis only",
    ),
    _hint(
        Kind.ELSEWHERE,
        -2,
        "covers the abdomen",
        r"\babd|pelvi|liver|leber|\bfoie\b|\bbecken|\brenal|kidney|\bbauch|\bbuik",
    ),
    _hint(
        Kind.SPECTRAL,
        -3,
        "a spectral map",
        r"iodine|\bjod|perfusion|\bpbv\b|\bvnc\b|virtual (?:non|unenh|mono)|\bmono\w*\+? ?\d+ ?kev",
        r"\bz ?-?eff|effective z|\bsubtr|\boverlay\b|\bfused\b|\bfusion\b",
    ),
    _hint(
        Kind.LUNG,
        -1,
        "reconstructed for the lungs",
        r"\bhrct\b|\blungs?\b|\blunge\b|parenchym|\bpoumon|\bpolmon[ei]\b|\bpulmon\b|\blongen\b|肺野",
    ),
)
