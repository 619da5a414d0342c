"""Before a report is written: what was not looked at, and what the model changed."""

from collections.abc import Iterator

from PySide6.QtCore import QMargins, Qt, Signal
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from pe_viewer.display.coverage import changes_since_first_read, coverage_of
from pe_viewer.display.texts import count_text, run_text
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.answer_buttons import answer_buttons
from pe_viewer.views.screen_room import Sheet
from pe_viewer.views.scrolled import scrolled
from pe_viewer.views.style import wrapped_label

_WIDTH_PX = 440
_BESIDE_PX = 24
_MOST_WORDS_PX = 240
"""About fifteen lines of what is open; more is scrolled to."""
_TOLD_FIELDS = ("viewed", "findings", "review", "withholds_model", "keymap")


class CoverageSheet(Sheet):
    """Says what is open, and asks whether to go on. It never stands in the way of a reader.

    Who reads on meanwhile sees it follow; with the series that it asks about it goes.
    """

    report_requested = Signal()

    def __init__(self, state: ReviewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setWindowTitle("Before the report")
        self._title, self._words = wrapped_label("", "title"), wrapped_label()
        self._area = self._scrolling_words()
        buttons = answer_buttons(("Read on", self.reject), ("Write the report", self._on_accepted))
        column = QVBoxLayout(self)
        column.setContentsMargins(_BESIDE_PX, 20, _BESIDE_PX, 20)
        column.setSpacing(12)
        column.addWidget(self._title)
        column.addWidget(self._area)
        column.addStretch(1)
        column.addWidget(buttons)
        self.setMinimumWidth(_WIDTH_PX)
        state.changed.connect(self._on_changed)

    def show_or_go_on(self) -> None:
        """Opens where there is something to say; else asks for the report at once."""
        lines = tuple(open_points(self._state.snapshot))
        if not lines:
            self.report_requested.emit()
            return
        self._show_points(lines)
        self.show()

    def _show_points(self, lines: tuple[str, ...]) -> None:
        self._title.setText(lines[0] if lines else "Nothing is left open")
        self._words.setText("\n".join(lines[1:]))
        self._area.setVisible(len(lines) > 1)
        self._words.ensurePolished()
        needed = self._words.heightForWidth(_WIDTH_PX - 2 * _BESIDE_PX)
        self._area.setFixedHeight(max(0, min(needed, _MOST_WORDS_PX)))

    def _scrolling_words(self) -> QScrollArea:
        """As high as the words need in this width, and not what they would in a narrow one."""
        policy = QSizePolicy.Policy
        self._words.setSizePolicy(policy.Ignored, policy.Preferred)
        words = QVBoxLayout()
        words.addWidget(self._words)
        area = scrolled(words, margins=QMargins())
        area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        area.setAccessibleName("What is left open")
        return area

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if not self.isVisible():
            return
        if old.series_key != new.series_key:
            self.hide()
        elif any(getattr(old, name) is not getattr(new, name) for name in _TOLD_FIELDS):
            self._show_points(tuple(open_points(new)))

    def _on_accepted(self) -> None:
        self.accept()
        self.report_requested.emit()


def open_points(snapshot: ReviewSnapshot) -> Iterator[str]:
    """One line each: coverage first, then flags not visited, the first read, what changed."""
    coverage = coverage_of(snapshot.viewed, snapshot.flags)
    if coverage.n_viewed < coverage.n_slices:
        slices = f"{coverage.n_viewed:,} of {coverage.n_slices:,} slices"
        yield f"{coverage.percent} % of the slices were viewed ({slices})"
    if coverage.unvisited and snapshot.findings is not None:
        runs = (run_text(snapshot.findings, flag) for flag in coverage.unvisited)
        yield f"Flags not visited: {'; '.join(runs)}"
    if snapshot.withholds_model:
        hint = snapshot.keymap.hint("lock_first_read")
        yield f"The first read is not locked{hint}: the report will hold nothing of the model"
    added, removed, accepted = changes_since_first_read(snapshot.review)
    if added or removed or accepted:
        yield (
            f"Since the first read: {count_text(added, 'finding', 'findings')} added, "
            f"{removed} removed, {count_text(accepted, 'flag', 'flags')} accepted"
        )
