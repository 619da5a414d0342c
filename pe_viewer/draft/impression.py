"""The impression's text, composed from the reader's fields alone; nothing of a model enters."""

from collections.abc import Iterator
from typing import Final

from pe_viewer.draft.words import DEFAULT_LANGUAGE, FormWords, words_of
from pe_viewer.form.answers import BolusQuality, Degree, Presence, Reflux, Septum
from pe_viewer.form.burden import MASTORA_MOST, QANADLI_MOST
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.form.sites import ArterialSite

_MOST_SITES: Final = 6


def impression_of(form: CtpaForm) -> str:
    """The reader's wording where there is one, else the composed one."""
    return compose(form) if form.impression is None else form.impression.strip()


def compose(form: CtpaForm) -> str:
    """One sentence a line, in the form's language; "" of a form that answers nothing."""
    words = words_of(form.language or DEFAULT_LANGUAGE)
    return "\n".join(sentence for part in _PARTS for sentence in part(form, words))


def burden_text(form: CtpaForm, words: FormWords) -> str:
    """``Qanadli 12/40 (30 %), Mastora 8-17/155``; the range where a degree was not graded."""
    burden = form.burden
    mastora = str(burden.mastora_least)
    if not burden.is_mastora_exact:
        mastora = f"{mastora}–{burden.mastora_most}"
    percent = words.number(burden.qanadli_percent, 1 if burden.qanadli % 2 else 0)
    return (
        f"Qanadli {burden.qanadli}/{QANADLI_MOST} ({percent} %), Mastora {mastora}/{MASTORA_MOST}"
    )


def _embolism(form: CtpaForm, words: FormWords) -> Iterator[str]:
    if form.presence is None:
        return
    if form.presence is not Presence.PRESENT:
        yield words.sentence(form.presence.value)
        return
    parts = [words.sentence(f"present {form.acuity or ''}".strip())]
    if form.sides is not None:
        parts.append(words.of(form.sides))
    if form.level is not None:
        parts.append(words.sentence("level", level=words.of(form.level)))
    yield f"{', '.join(parts)}."


def _sites(form: CtpaForm, words: FormWords) -> Iterator[str]:
    if form.presence is not Presence.PRESENT or not form.sites:
        return
    shown = [_site(site, form, words) for site in list(form.sites)[:_MOST_SITES]]
    n_more = len(form.sites) - len(shown)
    more = [words.sentence("more", count=str(n_more))] if n_more else []
    yield words.sentence("sites", sites=", ".join([*shown, *more]))
    yield words.sentence("burden", burden=burden_text(form, words))


def _site(site: ArterialSite, form: CtpaForm, words: FormWords) -> str:
    return f"{words.of(site)} ({words.of(form.sites[site])})"


def _heart(form: CtpaForm, words: FormWords) -> Iterator[str]:
    signs = tuple(_heart_signs(form, words))
    if form.strain is None:
        if signs:
            yield words.sentence("heart", signs=", ".join(signs))
        return
    said = words.sentence(f"strain {form.strain.value}")
    yield f"{said}: {', '.join(signs)}." if signs else f"{said}."


def _heart_signs(form: CtpaForm, words: FormWords) -> Iterator[str]:
    if form.rv_lv_ratio is not None:
        yield f"RV/LV {words.number(form.rv_lv_ratio, 2)}"
    if form.septum not in (None, Septum.NORMAL):
        yield words.sentence("septum", septum=words.of(form.septum))
    if form.reflux not in (None, Reflux.NONE):
        yield words.sentence("reflux", reflux=words.of(form.reflux))
    if form.trunk is not None:
        yield words.sentence("trunk", mm=_millimetres(form.trunk, words))


def _millimetres(diameter: Diameter, words: FormWords) -> str:
    return f"{words.number(diameter.mm, 0)} mm"


def _infarct(form: CtpaForm, words: FormWords) -> Iterator[str]:
    if form.infarct is not None:
        yield words.sentence(f"infarct {form.infarct.value}")


def _incidental(form: CtpaForm, words: FormWords) -> Iterator[str]:
    for kind, description in form.incidental.items():
        named = words.of(kind)
        yield f"{named}: {description.strip().rstrip('.')}." if description.strip() else f"{named}."


def _limits(form: CtpaForm, words: FormWords) -> Iterator[str]:
    limits = []
    if form.bolus in (BolusQuality.LIMITED, BolusQuality.POOR):
        limits.append(words.sentence(f"bolus {form.bolus.value}"))
    for name in ("motion", "beam_hardening"):
        degree = getattr(form, name)
        if degree in (Degree.MILD, Degree.SEVERE):
            limits.append(words.sentence(f"{name} {degree.value}"))
    typed = form.limitations.strip().rstrip(".")
    if limits and typed:
        yield f"{words.sentence('limits', limits=', '.join(limits))} {typed}."
    elif limits or typed:
        yield words.sentence("limits", limits=", ".join(limits) or typed)


_PARTS: Final = (_embolism, _sites, _heart, _infarct, _incidental, _limits)
