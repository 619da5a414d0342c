"""The words of a report's pages in the language of its form: English as written, others by a table.

The tables lie in ``resources/report/page.<language>.json``, keyed by the English phrase, and
``warnings.<language>.json`` for what was found odd about a series or its quality, and
``rules.<language>.json`` for what the check before sign-off found. What a reader
typed and what files say is never looked up.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from pe_models import places
from pe_viewer.draft.words import DEFAULT_LANGUAGE, words_of
from pe_viewer.form.answers import Language
from pe_viewer.report.model import Report

_ANSWERS: Final = ("Presence", "Level", "Acuity", "Septum", "Sign", "Incidental", "Side")
"""The tables of the form whose words stand in what a rule says."""
_NUMBER: Final = re.compile(r"[<>]? ?-?\d+\.\d+")
_SLOT: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Phrases:
    """Calls give a phrase with its parts put in; one that the table lacks stays English."""

    language: Language = DEFAULT_LANGUAGE
    table: Mapping[str, str] = field(default_factory=dict)
    warnings: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, english: str, /, **parts: object) -> str:
        phrase = self.table.get(english, english)
        return phrase.format(**parts) if parts else phrase

    def like_window(self, english: str) -> str:
        """What the window says, with its numbers: found by the phrase that has slots for them."""
        return _said_with_slots(english, self.table, self._shown)

    def place(self, named: str) -> str:
        """A slice or a run as the window names it: there is a word in ``slice 12``, none in
        ``Im 12``."""
        word, _, rest = named.partition(" ")
        return f"{self.table.get(word, word)} {rest}"

    def warning(self, english: str) -> str:
        """What a warning says; its parts are lists, counts and causes, which are looked up too."""
        return _said_with_slots(english, self.warnings, self._part_of_warning)

    def rule(self, english: str) -> str:
        """What the check found; its parts are answers, counts, numbers and warnings."""
        return _said_with_slots(english, self.rules, self._part_of_rule)

    def number(self, text: str) -> str:
        """A number as code writes it, with the decimal mark of the language."""
        return text.replace(".", ",") if self.language is Language.GERMAN else text

    def _shown(self, part: str) -> str:
        return self.number(part) if _NUMBER.fullmatch(part) else part

    def _part_of_rule(self, part: str) -> str:
        for known in (self.rule(part), self.warning(part), _answer(part, self.language)):
            if known != part:
                return known
        listed = (_answer(piece, self.language) for piece in part.split(", "))
        return self._shown(", ".join(listed))

    def _part_of_warning(self, part: str) -> str:
        return ", ".join(self._shown(self.warning(piece)) for piece in part.split(", "))


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
    return Phrases(
        language, _table("page", language), _table("warnings", language), _table("rules", language)
    )


def _answer(english: str, language: Language) -> str:
    """An answer of the form, as the form's table has it."""
    tables = words_of(language).tables
    return next((tables[name][english] for name in _ANSWERS if english in tables[name]), english)


def _table(name: str, language: Language) -> Mapping[str, str]:
    path = places.resources() / "report" / f"{name}.{language.value}.json"
    table: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return table


def _said_with_slots(english: str, table: Mapping[str, str], shown: Callable[[str], str]) -> str:
    """The phrase of the table, or the first one whose slots take the rest of ``english``."""
    if english in table:
        return table[english]
    for known, phrase in table.items():
        found = re.fullmatch(_pattern(known), english)
        if found is not None:
            return phrase.format(**{slot: shown(part) for slot, part in found.groupdict().items()})
    return english


@cache
def _pattern(phrase: str) -> str:
    """``Model: flagged (?P<score>.*)`` of ``Model: flagged {score}``."""
    literals = _SLOT.split(phrase)
    return "".join(
        f"(?P<{part}>.*)" if place % 2 else re.escape(part) for place, part in enumerate(literals)
    )
