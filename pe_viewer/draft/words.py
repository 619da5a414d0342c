"""The form's words in each language of a report: ``resources/report/form.<language>.json``."""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from pe_models import places
from pe_viewer.form.answers import Language


@dataclass(frozen=True, slots=True)
class FormWords:
    """Looks words up by what they are words of. Raises KeyError for a table with a hole in it."""

    language: Language
    tables: dict[str, dict[str, str]]

    def of(self, value: StrEnum) -> str:
        """An answer, a site, a side."""
        return self.tables[type(value).__name__][value.value]

    def field(self, name: str) -> str:
        """The name of a field of ``CtpaForm``, or of a section."""
        return self.tables["fields"][name]

    def sentence(self, key: str, **parts: str) -> str:
        """A sentence of the impression with its parts put in."""
        return self.tables["sentences"][key].format(**parts)

    def number(self, value: float, digits: int = 1) -> str:
        """A number with the decimal mark of the language."""
        text = f"{value:.{digits}f}"
        return text.replace(".", ",") if self.language is Language.GERMAN else text


@cache
def words_of(language: Language) -> FormWords:
    path = places.resources() / "report" / f"form.{language.value}.json"
    tables: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return FormWords(language, tables)


DEFAULT_LANGUAGE: Final = Language.ENGLISH
