"""What readers typed: every text of a Review, and what of a text any format can hold."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.form.sign_off import SignOff
from pe_viewer.review import Decision, Review

Rewrite = Callable[[str], str]

_NEW_LINES: Final = ("\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029")
"""Word processors break lines with a vertical tab."""
_CONTROLS: Final = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - {0x09, 0x0A})
"""DICOM (PS3.5 6.1.3), HTML and FHIR hold none of them."""


def printable(text: str) -> str:
    """``text`` with its lines broken by line feeds, and without other controls but tabs."""
    for new_line in _NEW_LINES:
        text = text.replace(new_line, "\n")
    return text.translate(_CONTROLS)


def rewritten(review: Review, rewrite: Rewrite) -> Review:
    """``review`` with every text that a reader typed as ``rewrite`` leaves it."""
    first_read = review.first_read
    return replace(
        review,
        decisions=_rewritten_decisions(review.decisions, rewrite),
        first_read=None if first_read is None else _rewritten_decisions(first_read, rewrite),
        comment=rewrite(review.comment),
        form=_rewritten_form(review.form, rewrite),
        sign_off=None if review.sign_off is None else _rewritten_sign_off(review.sign_off, rewrite),
        begun_addendum=rewrite(review.begun_addendum),
        begun_reasons={rule: rewrite(words) for rule, words in review.begun_reasons.items()},
    )


def _rewritten_decisions(decisions: Iterable[Decision], rewrite: Rewrite) -> tuple[Decision, ...]:
    return tuple(replace(d, comment=rewrite(d.comment)) for d in decisions)


def _rewritten_form(form: CtpaForm, rewrite: Rewrite) -> CtpaForm:
    return replace(
        form,
        incidental={kind: rewrite(words) for kind, words in form.incidental.items()},
        limitations=rewrite(form.limitations),
        impression=None if form.impression is None else rewrite(form.impression),
        model_words=rewrite(form.model_words),
        overrides=tuple(replace(o, reason=rewrite(o.reason)) for o in form.overrides),
    )


def _rewritten_sign_off(sign_off: SignOff, rewrite: Rewrite) -> SignOff:
    addenda = tuple(replace(a, text=rewrite(a.text)) for a in sign_off.addenda)
    return replace(sign_off, addenda=addenda)
