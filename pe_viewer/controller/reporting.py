"""The report's form: filled in, checked, signed, and added to afterwards."""

from dataclasses import replace
from datetime import datetime

from pe_viewer.controller.reviewing import Reviewing
from pe_viewer.display.looks import Tool
from pe_viewer.display.texts import count_text
from pe_viewer.draft.impression import impression_of
from pe_viewer.draft.model_words import model_paragraph
from pe_viewer.draft.rules import Breach, Draft, check, unresolved
from pe_viewer.form.answers import Language
from pe_viewer.form.ctpa_form import CtpaForm, Override
from pe_viewer.form.sign_off import Addendum, SignOff
from pe_viewer.report.typed_text import printable
from pe_viewer.review import Length, Measure, Review, Structure
from pe_viewer.settings import SettingsFile
from pe_viewer.state import ReviewSnapshot, ReviewState

_NEXT_TOOL = {Structure.RV: Tool.LV, Structure.LV: Tool.RV}


class Reporting:
    """Answers requests about the form of the series in view. Nothing is signed unasked."""

    def __init__(self, state: ReviewState, settings: SettingsFile, reviewing: Reviewing) -> None:
        self._state = state
        self._settings = settings
        self._reviewing = reviewing
        self._take_preferences()
        state.changed.connect(self._on_changed)

    def toggle_panel(self) -> None:
        """Shows the form beside the slices, or no longer."""
        self._state.update(shows_report=not self._state.snapshot.shows_report)

    def set_form(self, form: CtpaForm) -> None:
        """Another form, as the reader filled it in."""
        if form.language is None:
            form = replace(form, language=self._state.snapshot.report_language)
        self._reviewing.set_form(form)

    def go_on_measuring(self, measure: Measure) -> None:
        """After one ventricle the tool is for the other; with both widths it is the window's."""
        structure = measure.structure if isinstance(measure, Length) else None
        if structure is None:
            return
        wanted = _NEXT_TOOL.get(structure, Tool.WINDOW)
        missing = Structure(wanted.name) if wanted is not Tool.WINDOW else None
        if missing is None or self._state.snapshot.review.width_of(missing) is not None:
            wanted = Tool.WINDOW
        notice = f"Now across the {missing}" if wanted is not Tool.WINDOW else ""
        self._state.update(tool=wanted, notice=notice)

    def take_over_model_words(self) -> None:
        """Puts what the model says below the reader's own impression, and keeps that it did."""
        snapshot, draft = self._state.snapshot, self._state.snapshot.draft
        if draft is None or snapshot.findings is None:
            self._state.update(notice="There is nothing of the model to take over")
            return
        said = model_paragraph(snapshot.findings)
        text = "\n\n".join(part for part in (impression_of(draft.form), said) if part)
        form = replace(snapshot.review.form, impression=text, model_words=said)
        self._reviewing.set_form(form, notice="The model's words are in your impression now")

    def override(self, breach: Breach, reason: str) -> None:
        """Keeps why the reader signs although a rule is broken; "" takes the reason away."""
        form = self._state.snapshot.review.form
        others = tuple(o for o in form.overrides if o.rule_id != breach.rule_id)
        if reason.strip():
            others = (*others, Override(breach.rule_id, breach.words, reason.strip()))
        self.begin_reason(breach, "")
        self._reviewing.set_form(replace(form, overrides=others))

    def begin_reason(self, breach: Breach, words: str) -> None:
        """Keeps what is typed against a rule with its study; it overrides nothing yet."""
        review = self._state.snapshot.review
        begun = review.with_begun_reason(breach.rule_id, words)
        if review.sign_off is None and begun != review:
            self._reviewing.keep_begun(begun)

    def sign(self, reader: str) -> None:
        """Locks form and decisions under a reader's name, or says what stands against it."""
        reader, draft = _name(reader), self._state.snapshot.draft
        refusal = refusal_to_sign(self._state.snapshot, reader)
        if refusal or draft is None:
            self._state.update(notice=refusal)
            return
        self._settings.change(reader_name=reader)
        self._reviewing.seal(self._signed(draft, reader), notice="Report signed")

    def add_addendum(self, reader: str, text: str) -> None:
        """Words after sign-off; what was signed stays."""
        reader, review = _name(reader), self._state.snapshot.review
        if review.sign_off is None or not text.strip() or not reader:
            self._state.update(notice="An addendum needs a signed report, a name and words")
            return
        addendum = Addendum(reader, _now(), text.strip())
        signed = review.sign_off.with_addendum(addendum)
        added = replace(review, sign_off=signed, begun_addendum="")
        self._reviewing.seal(added, notice="Addendum kept")

    def begin_addendum(self, text: str) -> None:
        """Keeps what is typed for an addendum with its study, until it is added."""
        review = self._state.snapshot.review
        if review.sign_off is not None and text != review.begun_addendum:
            self._reviewing.seal(replace(review, begun_addendum=text), notice="")

    def _signed(self, draft: Draft, reader: str) -> Review:
        """The review with its form as it stands on screen: text, known values and reasons."""
        findings = draft.findings
        reasons = tuple((b.words, b.override_in(draft.form)) for b in check(draft))
        overrides = tuple(replace(o, words=words) for words, o in reasons if o is not None)
        form = replace(draft.form, impression=draft.impression, overrides=overrides)
        sign_off = SignOff(
            reader,
            _now(),
            n_viewed=draft.coverage.n_viewed,
            n_slices=draft.coverage.n_slices,
            bundle_sha256="" if findings is None else findings.bundle.sha256,
            organization=self._settings.settings.verifying_organization,
        )
        return replace(draft.review, form=form, sign_off=sign_off, begun_reasons={})

    def _take_preferences(self) -> None:
        settings = self._settings.settings
        self._state.update(
            report_language=Language(settings.report_language), reader_name=settings.reader_name
        )

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if old.series is not new.series or old.review.sign_off is not new.review.sign_off:
            self._take_preferences()


def refusal_to_sign(snapshot: ReviewSnapshot, reader: str) -> str:
    """Why a report cannot be signed now; "" where it can."""
    draft = snapshot.draft
    if draft is None:
        return "Open a study first"
    if draft.review.sign_off is not None:
        return "The report is signed: an addendum can be added"
    if snapshot.withholds_model:
        return f"Lock your first read before signing{snapshot.keymap.hint('lock_first_read')}"
    n_open = len(unresolved(draft))
    if n_open:
        points = count_text(n_open, "point needs", "points need")
        return f"{points} an answer or a reason before signing"
    return "" if reader.strip() else "Your name is needed to sign"


def _name(typed: str) -> str:
    """On one line, and without the controls that a paste may bring."""
    return " ".join(printable(typed).split())


def _now() -> datetime:
    return datetime.now().astimezone()
