"""The patient's name, ids and dates out of what a reader typed, for de-identified reports.

What the study's own headers say of the patient is known, and so can be found in typed text; so can
numbers that look like a date or a UID. Who else is named there only a person can tell.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from pe_models.imaging.study import Study
from pe_viewer.report.typed_text import Rewrite
from pe_viewer.review import Review

REMOVED: Final = "[removed]"

_N_NAME_PARTS: Final = 3
"""Family, given and middle name; a title or a degree names nobody (PS3.5 6.2, PN)."""
_NO_NAME: Final = re.compile(
    "von|van|der|den|dem|des|de|la|le|du|di|da|del|della|dos|das|zu|zum|zur|ten|ter|bin|ibn|al|el"
    "|dr|prof|med|md|phd|mr|mrs|ms|herr|frau",
    re.IGNORECASE,
)
"""Particles and titles, which name nobody and stand in ordinary sentences."""
_SHORTEST_ID: Final = 3
"""A study ID is often 1, which stands in many a sentence."""

_MONTH: Final = r"(?:jan|feb|m[aär]r|mar|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])\w*\.?"
_DAY_OF_MONTH: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH_OF_YEAR: Final = r"(?:0?[1-9]|1[0-2])"
_YEAR: Final = r"(?:19|20)\d\d"
_DATES_AND_UIDS: Final = (
    rf"{_YEAR}(?P<mark>[-./]){_MONTH_OF_YEAR}(?P=mark){_DAY_OF_MONTH}",
    rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])",
    rf"{_DAY_OF_MONTH}\.\s?{_MONTH_OF_YEAR}\.\s?(?:{_YEAR}|\d\d)",
    rf"\d{{1,2}}(?P<slash>[-/])\d{{1,2}}(?P=slash){_YEAR}",
    r"\d\d(?P<between>[-/])\d\d(?P=between)\d\d",  # segments 8-9-10 are no date
    rf"{_DAY_OF_MONTH}(?:st|nd|rd|th)?\.?[\s-]?{_MONTH},?[\s-]?{_YEAR}",
    rf"{_MONTH}\s{_DAY_OF_MONTH}(?:st|nd|rd|th)?,?\s{_YEAR}",
    r"\d+(?:\.\d+){5,}",
)
_SPELLINGS: Final = {
    "ä": "(?:ä|ae|a)",
    "ö": "(?:ö|oe|o)",
    "ü": "(?:ü|ue|u)",
    "ß": "(?:ß|ss)",
    "ae": "(?:ae|ä)",
    "oe": "(?:oe|ö)",
    "ue": "(?:ue|ü)",
    "ss": "(?:ss|ß)",
}
"""A header often spells a name otherwise than its bearer does."""


def redaction_of(study: Study, review: Review) -> Rewrite:
    """A function that puts ``[removed]`` for what identifies the patient, or who signed."""
    patterns = [
        *(_name_pattern(word) for word in _words_of(_names(study, review))),
        *(_whole(re.escape(known)) for known in _ids(study)),
        *(_whole(pattern) for pattern in _DATES_AND_UIDS),
    ]
    identifying = re.compile("|".join(patterns), re.IGNORECASE)
    return lambda text: identifying.sub(REMOVED, unicodedata.normalize("NFC", text))


def _names(study: Study, review: Review) -> Iterator[str]:
    yield study.patient.name
    if review.sign_off is not None:
        yield review.sign_off.reader
        yield from (addendum.reader for addendum in review.sign_off.addenda)


def _words_of(names: Iterable[str]) -> Iterator[str]:
    """Each word of each name, in each of its scripts; initials tell nobody apart."""
    for name in names:
        for written in unicodedata.normalize("NFC", name).split("="):
            parts = written.split("^")[:_N_NAME_PARTS]
            yield from (
                word for part in parts for word in re.split(r"[\s,.]+", part) if _is_name(word)
            )


def _is_name(word: str) -> bool:
    if _is_ideographic(word):
        return True
    return len(word) > 1 and _NO_NAME.fullmatch(word) is None


def _ids(study: Study) -> Iterator[str]:
    known = (
        study.patient.patient_id,
        study.patient.birth_date,
        study.accession_number,
        study.study_id,
    )
    return (text.strip() for text in known if len(text.strip()) >= _SHORTEST_ID)


def _name_pattern(word: str) -> str:
    """Without a border in scripts that put none between words."""
    letters = re.split("(ae|oe|ue|ss|[äöüß])", word.lower())
    spelled = "".join(_SPELLINGS.get(part) or re.escape(part) for part in letters)
    return spelled if _is_ideographic(word) else _whole(spelled)


def _whole(pattern: str) -> str:
    return rf"(?<!\w)(?:{pattern})(?!\w)"


def _is_ideographic(word: str) -> bool:
    return bool(word) and unicodedata.east_asian_width(word[0]) in "WF"
