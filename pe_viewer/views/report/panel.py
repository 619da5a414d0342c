"""The report's form, from top to bottom; every change is a request for another CtpaForm."""

from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QMargins, Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from pe_models.tasks import DEFAULT_TASK, task_for
from pe_viewer.display.texts import slice_name
from pe_viewer.draft.impression import burden_text
from pe_viewer.draft.model_words import model_paragraph
from pe_viewer.draft.rules import Draft, check, unresolved
from pe_viewer.draft.sign_off_words import signed_text
from pe_viewer.draft.words import words_of
from pe_viewer.form.answers import Incidental, Language, Sign, Source
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.report import sections
from pe_viewer.views.report.check_list import CheckList
from pe_viewer.views.report.choice_row import ChoiceRow
from pe_viewer.views.report.heart_block import HeartBlock
from pe_viewer.views.report.impression_block import ImpressionBlock
from pe_viewer.views.report.mark_list import DescribedMarks, MarkGrid
from pe_viewer.views.report.number_row import NumberRow
from pe_viewer.views.report.sign_off_block import SignOffBlock
from pe_viewer.views.report.tree_view import TreeView
from pe_viewer.views.scrolled import scrolled
from pe_viewer.views.style import label, set_kind, wrapped_label
from pe_viewer.views.typing_text import TypingText

_DRAWN_FIELDS: Final = (
    "series",
    "geometry",
    "review",
    "findings",
    "viewed",
    "withholds_model",
    "report_language",
    "reader_name",
    "shows_report",
)
_WORDS: Final = words_of(Language.ENGLISH)
_MOST_HU: Final = 3000.0
_LIMITATIONS_PX: Final = 56


class ReportPanel(QWidget):
    """Draws the draft of the series in view while it is shown; asks for every change of it."""

    form_requested = Signal(object)
    tool_requested = Signal(str)
    takeover_requested = Signal()
    override_requested = Signal(object, str)
    reason_begun = Signal(object, str)
    signing_requested = Signal(str)
    addendum_requested = Signal(str, str)
    addendum_begun = Signal(str)

    def __init__(self, state: ReviewState) -> None:
        super().__init__()
        self._state = state
        self.setObjectName("report_panel")
        self.setAccessibleName("Report")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._status = wrapped_label("", "dim")
        self._choices: dict[str, ChoiceRow] = {}
        self._hu = NumberRow("PA trunk", "HU", most=_MOST_HU)
        self.tree = TreeView()
        self._burden = label("", "reader")
        self._signs = MarkGrid(sections.SIGNS)
        self._heart = HeartBlock(state)
        self._incidental = DescribedMarks(sections.INCIDENTAL)
        self._limitations = TypingText()
        self.impression = ImpressionBlock()
        self.checks = CheckList()
        self.sign_off = SignOffBlock()
        self._form_area = QWidget()
        self._lay_out()
        self._connect()
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)

    def finish_typing(self) -> None:
        """Keeps what is being typed; a reason counts, and an addendum is added, only when asked."""
        for part in (
            self._hu, self._heart, self._incidental, self._limitations,
            self.impression, self.checks, self.sign_off,
        ):  # fmt: skip
            part.finish()

    def _lay_out(self) -> None:
        body = QVBoxLayout(self._form_area)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(6)
        language = ("language", "Language", sections.LANGUAGES)
        self._add(body, "", self._choice(*language))
        quality = (self._choice(*q) for q in sections.QUALITY_QUESTIONS)
        self._add(body, "Examination", self._hu, *quality)
        embolism = (self._choice(*q) for q in sections.EMBOLISM_QUESTIONS)
        self._add(body, "Embolism", *embolism, self.tree, self._burden, self._signs)
        heart = (self._choice(*q) for q in sections.HEART_QUESTIONS)
        self._add(body, "Right heart", self._heart, *heart)
        infarct = self._choice(*sections.INFARCT_QUESTION)
        self._limitations.setPlaceholderText("Limitations")
        self._limitations.setAccessibleName("Limitations")
        self._limitations.setFixedHeight(_LIMITATIONS_PX)
        self._add(body, "Other findings", infarct, self._incidental, self._limitations)
        whole = QVBoxLayout()
        whole.setSpacing(6)
        whole.addWidget(self._form_area)
        self._add(whole, "Impression", self.impression)
        self._add(whole, "Check", self.checks)
        self._add(whole, "Sign-off", self.sign_off)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 8, 8)
        column.setSpacing(8)
        column.addWidget(label("Report", "title"))
        column.addWidget(self._status)
        column.addWidget(scrolled(whole, margins=QMargins(0, 0, 8, 16)), stretch=1)

    def _add(self, column: QVBoxLayout, title: str, *widgets: QWidget) -> None:
        if title:
            column.addWidget(_rule())
            column.addWidget(label(title, "section"))
        for widget in widgets:
            column.addWidget(widget)

    def _choice(self, name: str, title: str, choices: sections.Choices) -> ChoiceRow:
        row = ChoiceRow(title, choices)
        row.chosen.connect(partial(self._ask, name))
        self._choices[name] = row
        return row

    def _connect(self) -> None:
        self._hu.entered.connect(partial(self._ask, "bolus_hu"))
        self.tree.occlusion_requested.connect(self._on_occlusion_requested)
        self._signs.toggled.connect(self._on_sign_toggled)
        self._heart.diameter_requested.connect(self._on_diameter_requested)
        self._heart.tool_requested.connect(self.tool_requested)
        self._incidental.described.connect(self._on_described)
        self._limitations.settled.connect(partial(self._ask, "limitations"))
        self.impression.wording_requested.connect(partial(self._ask, "impression"))
        self.impression.takeover_requested.connect(self.takeover_requested)
        self.checks.override_requested.connect(self.override_requested)
        self.checks.reason_begun.connect(self.reason_begun)
        self.sign_off.signing_requested.connect(self.signing_requested)
        self.sign_off.addendum_requested.connect(self.addendum_requested)
        self.sign_off.addendum_begun.connect(self.addendum_begun)

    @property
    def _form(self) -> CtpaForm:
        """What the reader has entered, without what is known."""
        return self._state.snapshot.review.form

    def _ask(self, name: str, value: Any) -> None:
        self.form_requested.emit(replace(self._form, **{name: value}))

    def _on_occlusion_requested(self, site: ArterialSite, occlusion: Occlusion | None) -> None:
        self.form_requested.emit(self._form.with_site(site, occlusion))

    def _on_sign_toggled(self, sign: Sign, is_there: bool) -> None:
        signs = self._form.signs | {sign} if is_there else self._form.signs - {sign}
        self._ask("signs", signs)

    def _on_diameter_requested(self, name: str, diameter: Diameter | None) -> None:
        self._ask(name, diameter)

    def _on_described(self, kind: Incidental, words: str | None) -> None:
        chosen = {**self._form.incidental, kind: words}
        kept = {k: chosen[k] for k in Incidental if chosen.get(k) is not None}
        self._ask("incidental", kept)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if _key(old) != _key(new):
            self._forget_typing()
        if any(getattr(old, name) is not getattr(new, name) for name in _DRAWN_FIELDS):
            self._show(new)

    def _forget_typing(self) -> None:
        """What is half typed belongs to the study before, and must not reach the next one."""
        for part in (
            self._hu, self._heart, self._incidental, self._limitations,
            self.impression, self.checks, self.sign_off,
        ):  # fmt: skip
            part.forget()

    def _show(self, snapshot: ReviewSnapshot) -> None:
        draft = snapshot.draft if snapshot.shows_report else None
        if draft is None:
            return
        form, sources = draft.form, _sources(snapshot, draft)
        for name, row in self._choices.items():
            answer: StrEnum | None = getattr(form, name)
            row.show_answer(answer, sources.get(name, ""))
        self._hu.show_number(form.bolus_hu, sources.get("bolus_hu", ""), digits=0)
        self.tree.show_form(form)
        self._burden.setText(burden_text(form, _WORDS))
        self._signs.show_marks(form.signs)
        self._heart.show_form(form, sources, snapshot.findings)
        self._incidental.show_descriptions(form.incidental)
        self._limitations.show_text(form.limitations)
        self._show_impression(snapshot, draft)
        self._show_checks(snapshot, draft)

    def _show_impression(self, snapshot: ReviewSnapshot, draft: Draft) -> None:
        is_signed = draft.review.sign_off is not None
        self.impression.show_impression(
            draft.form.impression or draft.impression, is_own=draft.form.impression is not None
        )
        words = "" if snapshot.findings is None else model_paragraph(snapshot.findings)
        self.impression.show_model(words, is_taken_over=bool(draft.form.model_words))
        self.impression.set_signed(is_signed)
        self._form_area.setEnabled(not is_signed)
        self.checks.setEnabled(not is_signed)

    def _show_checks(self, snapshot: ReviewSnapshot, draft: Draft) -> None:
        breaches = check(draft)
        reasons = {breach: breach.override_in(draft.form) for breach in breaches}
        kept = {breach: reason for breach, reason in reasons.items() if reason is not None}
        self.checks.show_breaches(
            breaches,
            kept,
            begun=draft.review.begun_reasons,
            is_signed=draft.review.sign_off is not None,
        )
        n_open, signed = len(unresolved(draft)), draft.review.sign_off
        other = _other_task(snapshot)
        refusal = other or (f"{n_open} open points first" if n_open else "")
        self.sign_off.show_draft(draft, snapshot.reader_name, refusal)
        set_kind(self._status, "dim" if signed is None else "reader")
        words = "Draft, kept as you go" if signed is None else signed_text(signed, _WORDS)
        self._status.setText(" ".join(part for part in (words, other) if part))


def _other_task(snapshot: ReviewSnapshot) -> str:
    """Why the form does not fit what the model looked for; "" where it does."""
    findings = snapshot.findings
    if findings is None or findings.task == DEFAULT_TASK:
        return ""
    title = task_for(findings.task).title.lower()
    return f"The form is for CT pulmonary angiography; this series was analysed for {title}."


def _key(snapshot: ReviewSnapshot) -> str:
    return "" if snapshot.series is None else snapshot.series.key


def _sources(snapshot: ReviewSnapshot, draft: Draft) -> dict[str, str]:
    """Where each answer comes from that the reader did not enter, in words."""
    return {
        name: _source_text(snapshot, getattr(draft.form, name), source)
        for name, source in draft.form.sources.items()
    }


def _source_text(snapshot: ReviewSnapshot, value: Any, source: Source) -> str:
    """``from your measurement, Im 120`` of a width; else the source alone."""
    if isinstance(value, Diameter) and value.slice_index is not None and snapshot.series:
        number = snapshot.series.slices[value.slice_index].instance_number
        return f"{source}, {slice_name(value.slice_index, number)}"
    return str(source)


def _rule() -> QFrame:
    line = QFrame()
    line.setProperty("kind", "rule")
    return line
