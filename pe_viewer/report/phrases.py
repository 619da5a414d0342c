"""The words of a report's pages in the language of its form: English as written, others by a table.

The tables lie in ``resources/report/page.<language>.json``, keyed by the English phrase. What a
reader typed and what files say is never looked up.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from pe_models import places
from pe_viewer.draft.words import DEFAULT_LANGUAGE
from pe_viewer.form.answers import Language
from pe_viewer.report.model import Report

_NUMBER: Final = re.compile(r"[<>]? ?-?\d+\.\d+")
_SLOT: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Phrases:
    """Calls give a phrase with its parts put in; one that the table lacks stays English."""

    language: Language = DEFAULT_LANGUAGE
    table: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, english: str, /, **parts: object) -> str:
        phrase = self.table.get(english, english)
        return phrase.format(**parts) if parts else phrase

    def like_window(self, english: str) -> str:
        """What the window says, with its numbers: found by the phrase that has slots for them."""
        if english in self.table:
            return self.table[english]
        for known, phrase in self.table.items():
            found = re.fullmatch(_pattern(known), english)
            if found is not None:
                return phrase.format(**{k: self._shown(v) for k, v in found.groupdict().items()})
        return english

    def number(self, text: str) -> str:
        """A number as code writes it, with the decimal mark of the language."""
        return text.replace(".", ",") if self.language is Language.GERMAN else text

    def _shown(self, part: str) -> str:
        return self.number(part) if _NUMBER.fullmatch(part) else part


ENGLISH: Final = Phrases()


def phrases_of(report: Report) -> Phrases:
    """In the language of the form; English without one."""
    language = None if report.form is None else report.form.language
    return phrases_in(language or DEFAULT_LANGUAGE)


@cache
def phrases_in(language: Language) -> Phrases:
    """Read once in a process."""
    if language is DEFAULT_LANGUAGE:
        return ENGLISH
    path = places.resources() / "report" / f"page.{language.value}.json"
    return Phrases(language, json.loads(path.read_text(encoding="utf-8")))


@cache
def _pattern(phrase: str) -> str:
    """``Model: flagged (?P<score>.+)`` of ``Model: flagged {score}``."""
    literals = _SLOT.split(phrase)
    return "".join(
        f"(?P<{part}>.+)" if place % 2 else re.escape(part) for place, part in enumerate(literals)
    )
