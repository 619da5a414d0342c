"""Whether a sentence affirms, denies or leaves open what a term names, in English or German."""

import re
from typing import Final

from pe_viewer.form.answers import Presence

EMBOLISM: Final = (
    r"(?:\w*embol\w*|\bPEs?\b|\bLAEs?\b"
    r"|\bLEs?\b(?!\s+(?:DVT|venous|veins?|doppler|duplex|ultrasound|edema|oedema|swelling)\b))"
)
"""``LE`` is German; in English it may be a leg."""

_LEVEL: Final = r"(?:central|lobar|segmental|subsegmental|zentral\w*|lobär\w*)"
_AGE: Final = r"(?:acute|subacute|chronic|akut\w*|subakut\w*|chronisch\w*)"
_LISTED: Final = re.compile(rf"\b({_LEVEL}|{_AGE})\s*[,/]\s*(?=(?:{_LEVEL}|{_AGE})\b)", re.I)
_ALL_LEVELS: Final = 3
"""Who denies embolism of so many levels denies it."""

_OPEN: Final = re.compile(
    r"indeterminate|uncertain|unlikely|\bcannot\b|\bcan ?not\b|\bcan't\b|\bcould not\b"
    r"|\bnot(?: \w+){0,3} (?:exclud\w*|rul\w+ out)|\b(?:neither|nor)\b.*\bexclu"
    r"|\bweder\b.*\baus(?:ge|zu)?schl|\bnicht(?: \w+){0,2} aus(?:ge|zu)?schl\w+"
    r"|\bschlie(?:ß|ss)\w*\b.*\bnicht(?: \w+)? aus\b"
    r"|fraglich|unwahrscheinlich|nicht beurteilbar",
    re.I,
)
_BEFORE: Final = (
    r"\b(?:no|without|neither|nor|negative for|exclud(?:e|es|ed)|rule[sd]? out|absence of"
    r"|lack of|(?:free|clear|devoid) of|not (?:consistent|compatible) with|not suggestive of"
    r"|(?:does|do|did) not (?:show|demonstrate|reveal|contain|suggest)"
    r"|kein(?:e[nrsm]?)?|ohne|weder|noch|frei von|ausschlu(?:ss|ß)|schlie(?:ß|ss)t"
    r"|nicht vereinbar mit)\b"
)
_AFTER: Final = (
    r"\b(?:excluded|absent|ruled out|none"
    r"|(?:not|no longer) (?:\w+ly )?(?:seen|present|found|identified|detected|demonstrated"
    r"|demonstrable|visuali[sz]ed|evident|visible|noted|shown|appreciated)"
    r"|ausgeschlossen|nicht(?: mehr)? (?:nachweisbar|nachzuweisen|nachgewiesen|erkennbar"
    r"|abgrenzbar|sichtbar|vorhanden|gefunden|zu (?:sehen|erkennen|finden))"
    r"|(?:liegt|liegen) nicht vor|(?:besteht|bestehen) nicht)\b"
)
_ANSWER: Final = r"\s*:\s*(?:none|no|nein|negativ\w*|absent|kein(?:e[nrsm]?)?)\b"
_ELSEWHERE: Final = (
    r"[,.;:]|\b(?:with|but|despite|while|patients?|due to|from|after|mit|bei|aber|jedoch|trotz"
    r"|durch|nach|change\w*|progress\w*|(?:in|de)crease|improvement|resolution|doubt"
    r"|(?:ver)?änderung|zunahme|abnahme|rückbildung|zweifel)\b"
    r"|\bin (?:the |a )?(?:acute|chronic|known)\b"
)
"""What a denial does not reach across: "no strain in this patient with acute PE" denies none."""

_TECHNIQUE: Final = (
    r"[\s-]*(?:protocol|study|studies|scan|exam\w*|CTs?\b|CTA\b|protokoll|untersuchung|angiogra\w+)"
)
_QUESTION: Final = (
    r"(?:\bto (?:exclude|rule out)|\br/o|\b(?:evaluat\w+|assess\w*|concern) for"
    r"|\bquestion of|\bzum ausschlu(?:ss|ß)|\bfrage nach|\bfrage einer)"
)
_PARTLY: Final = re.compile(
    r"\b(?:new|further|additional|other|neue[nrsm]?|weitere[nrsm]?|zusätzliche[nrsm]?)\b", re.I
)
_SIDE: Final = r"(?:right|left|rechts\w*|links\w*|rechte[nrsm]?|linke[nrsm]?)"
_OF_A_SIDE_BEFORE: Final = re.compile(
    rf"(?:^|[,.;:])\s*(?:the |die |der |das )?{_SIDE}"
    r"(?:\s+(?:sided?|lungs?|lower|middle|upper|lobes?|pulmonary|arter\w+|is|are|lunge"
    r"|seite|lungenarterie\w*|ist|sind))*\s*$",
    re.I,
)
_OF_A_SIDE_AFTER: Final = re.compile(
    rf"\s*(?:(?:in|on|of|within|to|im|auf)\s+(?:the |der |dem |den )?)?{_SIDE}\b", re.I
)


def stated(sentence: str, term: str) -> Presence | None:
    """What ``sentence`` says of ``term``; None where it does not speak of it.

    One affirming mention affirms. A denial of a level, of a side, or of what is new leaves the
    rest open and denies nothing here; nor does the name of the examination, or its question.
    """
    told = _LISTED.sub(r"\1 or ", _without_examination(sentence, term))
    mentions = list(re.finditer(term, told, re.I))
    if not mentions:
        return Presence.ABSENT if _is_negative_study(sentence, term) else None
    if _OPEN.search(told):
        return Presence.INDETERMINATE
    said = {_of_mention(told, mention) for mention in mentions}
    return next((p for p in (Presence.PRESENT, Presence.ABSENT) if p in said), None)


def affirming_part(sentence: str, term: str) -> str:
    """``sentence`` without the clauses that deny ``term``."""
    clauses = re.split(r"[,;:]", sentence)
    return ", ".join(
        clause
        for clause in clauses
        if not _has(clause, term) or stated(clause, term) is Presence.PRESENT
    )


def _of_mention(told: str, mention: re.Match[str]) -> Presence | None:
    before, after = told[: mention.start()], told[mention.end() :]
    denial = _denial_before(before)
    if denial is not None:
        between = before[denial.end() :]
        is_partial = (
            _OF_A_SIDE_BEFORE.search(before[: denial.start()])
            or _OF_A_SIDE_AFTER.match(after)
            or re.search(rf"\b{_SIDE}\b", between, re.I)
        )
        return _denied(between, is_partial=bool(is_partial))
    follows = re.match(_ANSWER, after, re.I) or _denial_after(after)
    if follows is None:
        return Presence.PRESENT
    nearby = re.split(_ELSEWHERE, before, flags=re.I)[-1] + follows[0]
    return _denied(nearby, is_partial=bool(re.search(rf"\b{_SIDE}\b", nearby, re.I)))


def _denied(nearby: str, *, is_partial: bool) -> Presence | None:
    levels = set(re.findall(rf"\b{_LEVEL}\b", nearby.lower()))
    is_of_levels = 0 < len(levels) < _ALL_LEVELS
    return None if is_partial or is_of_levels or _PARTLY.search(nearby) else Presence.ABSENT


def _denial_before(before: str) -> re.Match[str] | None:
    """The last denial that reaches to the end of ``before``."""
    denials = list(re.finditer(_BEFORE, before, re.I))
    reaching = (d for d in reversed(denials) if not _has(before[d.end() :], _ELSEWHERE))
    return next(reaching, None)


def _denial_after(after: str) -> re.Match[str] | None:
    """All up to the first denial that the beginning of ``after`` reaches."""
    denial = re.match(rf".*?{_AFTER}", after, re.I)
    if denial is None or _has(
        denial[0], rf"{_ELSEWHERE}|\b(?:without|ohne|no|kein\w*)\b(?! longer)"
    ):
        return None
    return denial


def _without_examination(sentence: str, term: str) -> str:
    """``sentence`` without the name of the examination and the question that it was made for."""
    words = r"(?:\s+(?:an?|acute|chronic|einer?|eines|akute[nr]?|the|pulmonary))*\s+"
    told = re.sub(rf"{_QUESTION}{words}{term}", " ", sentence, flags=re.I)
    return re.sub(
        rf"(?<!positive )\b{term}{_TECHNIQUE}(?! (?:is |was )?positive)", " ", told, flags=re.I
    )


def _is_negative_study(sentence: str, term: str) -> bool:
    """As in "Negative PE study" and "PE protocol CT: negative"."""
    study = rf"{term}{_TECHNIQUE}"
    before = rf"\bnegative[nrs]?\s+(?:CT\s+)?{study}"
    after = rf"{study}(?:\s+\w+)?\s*:?\s*(?:is |was |ist |war )?negativ"
    return _has(sentence, f"{before}|{after}")


def _has(text: str, pattern: str) -> bool:
    return re.search(pattern, text, re.I) is not None
