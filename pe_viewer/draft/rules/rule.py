"""Rule, Breach and Draft: what is checked, what was found, and what it is found in."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pe_models.findings import Findings
from pe_viewer.display.coverage import Coverage
from pe_viewer.draft.impression import impression_of
from pe_viewer.draft.statements import Statements, statements_of
from pe_viewer.form.ctpa_form import CtpaForm, Override
from pe_viewer.review import Review


class Severity(StrEnum):
    """How much a breach weighs; the gravest first. A note needs no answer."""

    CONFLICT = "contradiction"
    DOUBT = "doubt"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Draft:
    """One report before it is signed.

    ``form`` is completed with what is known. ``findings`` is None where there are none, or where a
    second reader must not see them yet.
    """

    form: CtpaForm
    review: Review
    findings: Findings | None
    coverage: Coverage

    @property
    def impression(self) -> str:
        return impression_of(self.form)

    @property
    def statements(self) -> Statements:
        """What the impression states."""
        return statements_of(self.impression)

    @property
    def own_statements(self) -> Statements:
        """What the reader's own wording states; nothing where the text follows from the fields."""
        return Statements() if self.form.impression is None else self.statements


Finds = Callable[[Draft], str]
"""The words for the reader where a rule is broken, else ""."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``id`` is kept with overrides and never changes its meaning.

    ``only_counts`` is true of a rule whose words tell how much is left: a reason against it stands
    while there comes to be less.
    """

    id: str
    severity: Severity
    finds: Finds
    only_counts: bool = False


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that a draft breaks, in words."""

    rule_id: str
    severity: Severity
    words: str
    only_counts: bool = False

    def override_in(self, form: CtpaForm) -> Override | None:
        """The reader's reason against just this; None where none was given."""
        reasons = (o for o in form.overrides if o.rule_id == self.rule_id)
        return next((o for o in reasons if self.only_counts or o.words == self.words), None)
