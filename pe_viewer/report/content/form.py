"""What a report says of the reader's form and of its sign-off, in the form's language. No Qt."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pe_models.findings import Flag
from pe_models.imaging.volume import VolumeKind, kind_of
from pe_viewer.display import texts
from pe_viewer.display.measuring import EllipseStats
from pe_viewer.draft.impression import burden_text
from pe_viewer.draft.sign_off_words import addendum_text, first_read_text, signed_text, viewed_text
from pe_viewer.draft.words import DEFAULT_LANGUAGE, FormWords, words_of
from pe_viewer.form.answers import Sign
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.form.sign_off import SignOff
from pe_viewer.report.content import Fact, Table
from pe_viewer.report.content.phrases import phrases_of
from pe_viewer.report.content.runs import slice_name
from pe_viewer.report.measurements import MeasureKind, Measurement
from pe_viewer.report.model import Report
from pe_viewer.review import Ellipse

_ANSWERS: Final = ("motion", "beam_hardening", "presence", "level", "acuity")
_OF_THE_HEART: Final = ("septum", "reflux", "strain", "infarct")


def words(report: Report) -> FormWords:
    """The words that the form is told in."""
    language = None if report.form is None else report.form.language
    return words_of(language or DEFAULT_LANGUAGE)


@dataclass(frozen=True, slots=True)
class FormFacts:
    """The answers in three groups, so that a picture of the tree can stand beside them."""

    before: tuple[Fact, ...] = ()
    of_tree: tuple[Fact, ...] = ()
    after: tuple[Fact, ...] = ()

    @property
    def all(self) -> tuple[Fact, ...]:
        return (*self.before, *self.of_tree, *self.after)


def form_facts(report: Report) -> FormFacts:
    """Every field that has an answer, with its source where the reader did not enter it."""
    form = report.form
    if form is None:
        return FormFacts()
    said = words(report)
    return FormFacts(
        before=(*_bolus(form, said), *_answers(form, said, _ANSWERS)),
        of_tree=tuple(_tree(form, said)),
        after=(*_heart(report, form, said), *_beside(form, said)),
    )


def measurements(report: Report) -> Table:
    """What was measured beside the widths that the form has: measure, slice, value."""
    said = words(report)
    rows = tuple(
        (_measure_name(m, said), slice_name(report, m.measure.slice_index), value)
        for m in report.measurements
        if (value := _measured(report, m, said))
    )
    return Table(("", "", ""), rows)


def sign_off_facts(report: Report) -> tuple[Fact, ...]:
    """What the model and the check moved the reader to, who signed, and what was added since."""
    form, signed, said = report.form, report.sign_off, words(report)
    say = phrases_of(report)
    facts = []
    if form is not None and form.model_words:
        facts.append(Fact(said.field("model_words"), form.model_words))
    if form is not None:
        facts += [
            Fact(
                said.field("overrides"),
                said.sentence("reason", words=say.rule(o.words), reason=o.reason),
            )
            for o in form.overrides
        ]
    facts += _first_read(report, said)
    facts += _looked_at(report, said)
    if signed is None:
        return tuple(facts)
    viewed = viewed_text(signed.n_viewed, signed.n_slices, said)
    later = f" {said.sentence('signed before')}" if _model_came_later(report, signed) else ""
    facts.append(Fact(said.field("signed"), f"{signed_text(signed, said)}. {viewed}.{later}"))
    facts += [Fact(said.field("addenda"), addendum_text(a, said)) for a in signed.addenda]
    return tuple(facts)


def _model_came_later(report: Report, signed: SignOff) -> bool:
    """Whether the findings shown are not those that the reader had seen when signing."""
    findings = report.findings
    return findings is not None and findings.bundle.sha256 != signed.bundle_sha256


def _bolus(form: CtpaForm, said: FormWords) -> Iterator[Fact]:
    hu = "" if form.bolus_hu is None else f"{form.bolus_hu:.0f} HU"
    verdict = "" if form.bolus is None else said.of(form.bolus)
    if hu or verdict:
        value = ", ".join(part for part in (verdict, hu) if part)
        yield Fact(said.field("bolus"), value + _source(form, said, "bolus_hu", "bolus"))


def _tree(form: CtpaForm, said: FormWords) -> Iterator[Fact]:
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
    return "" if width.slice_index is None else f", {slice_name(report, width.slice_index)}"


def _first_read(report: Report, said: FormWords) -> Iterator[Fact]:
    if report.review.first_read is None:
        return
    yield Fact(said.field("first_read"), f"{first_read_text(report.review, said)}.")


def _looked_at(report: Report, said: FormWords) -> Iterator[Fact]:
    """The slices that were viewed, of a signed report with its signature; flags not visited."""
    coverage = report.coverage
    if coverage is None:
        return
    if report.sign_off is None:
        viewed = viewed_text(coverage.n_viewed, coverage.n_slices, said)
        yield Fact(said.field("viewed"), f"{viewed} ({coverage.percent} %)")
    unvisited = [f for f in report.numbered_flags if f[1] in coverage.unvisited]
    if report.numbered_flags:
        runs = (f"{number} ({_run_name(report, flag)})" for number, flag in unvisited)
        yield Fact(said.field("unvisited"), ", ".join(runs) or said.sentence("none"))


def _run_name(report: Report, flag: Flag) -> str:
    first, last = (report.source(index).instance_number for index in (flag.first, flag.last))
    return phrases_of(report).place(texts.run_place_text(flag.first, flag.last, first, last))


def _measure_name(measurement: Measurement, said: FormWords) -> str:
    is_ellipse = isinstance(measurement.measure, Ellipse)
    return said.sentence(MeasureKind.ELLIPSE if is_ellipse else MeasureKind.LENGTH)


def _measured(report: Report, measurement: Measurement, said: FormWords) -> str:
    """``12.3 mm``, or the values within an ellipse; "" of a width that the form tells."""
    measure = measurement.measure
    if isinstance(measure, Ellipse):
        stats = measurement.stats
        return "–" if stats is None else _within(report, stats, said)
    if measure.structure is not None or measurement.length_mm is None:
        return ""
    return f"{said.number(measurement.length_mm)} mm"


def _within(report: Report, stats: EllipseStats, said: FormWords) -> str:
    return said.sentence(
        "in ellipse",
        mean=said.number(stats.mean_hu, 0),
        sd=said.number(stats.sd_hu, 0),
        least=str(stats.min_hu),
        most=str(stats.max_hu),
        unit=" HU" if kind_of(report.series) is VolumeKind.HU else "",
        area=said.number(stats.area_mm2, 0),
    )
