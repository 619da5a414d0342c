"""What a report says of the reader's form and of its sign-off, in the form's language. No Qt."""

from collections.abc import Iterator
from typing import Final

from pe_viewer.display import texts
from pe_viewer.draft.impression import burden_text
from pe_viewer.draft.sign_off_words import addendum_text, signed_text, viewed_text
from pe_viewer.draft.words import DEFAULT_LANGUAGE, FormWords, words_of
from pe_viewer.form.answers import Sign
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.report.content import Fact
from pe_viewer.report.model import Report

_ANSWERS: Final = ("motion", "beam_hardening", "presence", "level", "acuity")
_OF_THE_HEART: Final = ("septum", "reflux", "strain", "infarct")


def words(report: Report) -> FormWords:
    """The words that the form is told in."""
    language = None if report.form is None else report.form.language
    return words_of(language or DEFAULT_LANGUAGE)


def form_facts(report: Report) -> tuple[Fact, ...]:
    """Every field that has an answer, with its source where the reader did not enter it."""
    form = report.form
    if form is None:
        return ()
    said = words(report)
    facts = (*_bolus(form, said), *_embolism(form, said), *_heart(report, form, said))
    return (*facts, *_beside(form, said))


def sign_off_facts(report: Report) -> tuple[Fact, ...]:
    """Reasons given against the consistency check, who signed, and what was added since."""
    form, signed, said = report.form, report.sign_off, words(report)
    facts = []
    if form is not None and form.model_words:
        facts.append(Fact(said.field("model_words"), form.model_words))
    if form is not None:
        facts += [
            Fact(said.field("overrides"), f"{override.words} {override.reason}")
            for override in form.overrides
        ]
    if signed is None:
        return tuple(facts)
    viewed = viewed_text(signed.n_viewed, signed.n_slices, said)
    facts.append(Fact(said.field("signed"), f"{signed_text(signed, said)}. {viewed}."))
    facts += [Fact(said.field("addenda"), addendum_text(a, said)) for a in signed.addenda]
    return tuple(facts)


def _bolus(form: CtpaForm, said: FormWords) -> Iterator[Fact]:
    hu = "" if form.bolus_hu is None else f"{form.bolus_hu:.0f} HU"
    verdict = "" if form.bolus is None else said.of(form.bolus)
    if hu or verdict:
        value = ", ".join(part for part in (verdict, hu) if part)
        yield Fact(said.field("bolus"), value + _source(form, said, "bolus_hu", "bolus"))


def _embolism(form: CtpaForm, said: FormWords) -> Iterator[Fact]:
    yield from _answers(form, said, _ANSWERS)
    if form.sites:
        arteries = (f"{said.of(site)} ({said.of(how)})" for site, how in form.sites.items())
        yield Fact(said.field("sites"), ", ".join(arteries))
        yield Fact(said.field("burden"), burden_text(form, said))
    if form.signs:
        signs = (said.of(sign) for sign in Sign if sign in form.signs)
        yield Fact(said.field("signs"), ", ".join(signs))


def _heart(report: Report, form: CtpaForm, said: FormWords) -> Iterator[Fact]:
    for name in ("rv", "lv", "trunk"):
        width: Diameter | None = getattr(form, name)
        if width is not None:
            value = f"{said.number(width.mm)} mm{_place(report, width)}"
            yield Fact(said.field(name), value + _source(form, said, name))
    if form.rv_lv_ratio is not None:
        yield Fact(said.field("ratio"), said.number(form.rv_lv_ratio, 2))
    yield from _answers(form, said, _OF_THE_HEART)


def _beside(form: CtpaForm, said: FormWords) -> Iterator[Fact]:
    if form.incidental:
        found = (
            f"{said.of(kind)}: {about}" if about else said.of(kind)
            for kind, about in form.incidental.items()
        )
        yield Fact(said.field("incidental"), "; ".join(found))
    if form.limitations.strip():
        yield Fact(said.field("limitations"), form.limitations.strip())


def _answers(form: CtpaForm, said: FormWords, names: tuple[str, ...]) -> Iterator[Fact]:
    for name in names:
        answer = getattr(form, name)
        if answer is not None:
            yield Fact(said.field(name), said.of(answer) + _source(form, said, name))


def _source(form: CtpaForm, said: FormWords, *names: str) -> str:
    """`` (from the arterial tree)`` of what the reader did not enter."""
    source = next((form.sources[name] for name in names if name in form.sources), None)
    return "" if source is None else f" ({said.of(source)})"


def _place(report: Report, width: Diameter) -> str:
    if width.slice_index is None:
        return ""
    number = report.source(width.slice_index).instance_number
    return f", {texts.slice_name(width.slice_index, number)}"
