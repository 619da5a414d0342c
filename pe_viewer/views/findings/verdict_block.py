"""The head of the findings: what the model says of the examination, or why it says nothing yet."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from pe_models.findings import Findings, Verdict
from pe_models.tasks import DEFAULT_TASK, task_for
from pe_viewer.display.texts import (
    ZONE_TEXTS,
    looked_at_text,
    score_meaning,
    time_left_text,
    verdict_line,
    verdict_reason,
)
from pe_viewer.state import Phase, ReviewSnapshot
from pe_viewer.views.style import label, set_kind


class VerdictBlock(QWidget):
    """Verdict with its reasons and zone; before Findings, where the analysis stands."""

    analysis_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = _wrapped("title")
        self._reason = _wrapped("dim")
        self._meaning = _wrapped("small")
        self._analyze = QPushButton()
        self._analyze.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._analyze.clicked.connect(self.analysis_requested)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._reason)
        column.addWidget(self._meaning)
        column.addWidget(self._analyze, alignment=Qt.AlignmentFlag.AlignLeft)

    def show_snapshot(self, snapshot: ReviewSnapshot) -> None:
        if snapshot.findings is None:
            self._show_words(*_before_findings(snapshot), meaning="")
        else:
            self._show_findings(snapshot.findings)
        self._show_button(snapshot)

    def _show_findings(self, findings: Findings) -> None:
        is_loud = findings.verdict is Verdict.POSITIVE or bool(findings.flags)
        messages = (warning.message for warning in findings.quality.warnings)
        reasons = dict.fromkeys(line for line in (verdict_reason(findings), *messages) if line)
        zone = "" if findings.zone is None else ZONE_TEXTS[findings.zone]
        meaning = score_meaning(findings.bundle)
        said = ", ".join(part for part in (meaning[:1].upper() + meaning[1:], zone) if part)
        self._show_words(
            "verdict" if is_loud else "verdict-quiet",
            verdict_line(findings),
            "\n".join(reasons),
            meaning="\n".join(filter(None, (said, looked_at_text(findings), _task_line(findings)))),
        )

    def _show_words(self, kind: str, title: str, reason: str, *, meaning: str) -> None:
        set_kind(self._title, kind)
        self._title.setText(title)
        for words, text in ((self._reason, reason), (self._meaning, meaning)):
            words.setText(text)
            words.setVisible(bool(text))

    def _show_button(self, snapshot: ReviewSnapshot) -> None:
        phase = snapshot.analysis.phase
        is_answered = snapshot.findings is not None or phase is Phase.DONE
        can_start = not is_answered and phase is not Phase.RUNNING
        is_taken = snapshot.series is not None and not snapshot.refusal
        self._analyze.setVisible(can_start and is_taken)
        hint = snapshot.keymap.hint("analyze")
        self._analyze.setToolTip(f"Let the model look at this series{hint}")
        self._analyze.setText("Try again" if phase is Phase.FAILED else "Analyse")


def _task_line(findings: Findings) -> str:
    """Which task was taken and why, where it is another than the usual."""
    if findings.task == DEFAULT_TASK or not findings.task_reason:
        return ""
    return f"{task_for(findings.task).title}: {findings.task_reason}"


def _before_findings(snapshot: ReviewSnapshot) -> tuple[str, str, str]:
    """Kind, title and words while there are no Findings."""
    analysis, model = snapshot.analysis, snapshot.model
    if snapshot.refusal:
        return "title", "Not for this model", snapshot.refusal
    if snapshot.withholds_model:
        return "title", "Second reader: your first read", _held_back_words(snapshot)
    if analysis.phase is Phase.RUNNING:
        left = analysis.seconds_left
        parts = (f"{100 * analysis.fraction:.0f} %", time_left_text(left) if left else "")
        words = "The first scores are coarse; flags come when every slice was looked at."
        return "title", " · ".join(("Analysing", *(p for p in parts if p))), words
    if analysis.phase is Phase.FAILED:
        return "bad-title", "■ Analysis failed", analysis.message
    if model.message and not model.is_ready:
        return "bad-title", "■ No model", model.message
    if analysis.phase is Phase.CANCELLED:
        return "title", "Analysis cancelled", "Nothing is kept of it."
    return "title", "Not analysed", _looks(snapshot)


def _looks(snapshot: ReviewSnapshot) -> str:
    """How the model is let look: by its key, where it has one."""
    keys = snapshot.keymap.keys_of("analyze")
    return f"{keys[0] if keys else 'Analyse'} lets the model look at this series."


def _held_back_words(snapshot: ReviewSnapshot) -> str:
    """Whether there is something to unlock, and never what it is."""
    hint = snapshot.keymap.hint("lock_first_read")
    said = {
        Phase.RUNNING: "The model is at work.",
        Phase.DONE: "The model has finished.",
        Phase.FAILED: "The analysis failed; the reason is told after the lock.",
    }.get(snapshot.analysis.phase, _looks(snapshot))
    return f"{said} What it says is held back until your first read is locked{hint}."


def _wrapped(kind: str) -> QLabel:
    made = label("", kind)
    made.setWordWrap(True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made
