"""A tip that names the key of what a widget does, whichever key that is now."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from pe_viewer.actions import ACTION
from pe_viewer.state import ReviewSnapshot, ReviewState


class KeyedTip(QObject):
    """Belongs to its widget; ``words`` "" are those of the action."""

    def __init__(
        self, widget: QWidget, state: ReviewState, action_id: str, words: str = ""
    ) -> None:
        super().__init__(widget)
        self._widget = widget
        self._action_id = action_id
        self._words = words or ACTION[action_id].tip
        state.changed.connect(self._on_changed)
        self._show(state.snapshot)

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if old.keymap is not new.keymap:
            self._show(new)

    def _show(self, snapshot: ReviewSnapshot) -> None:
        self._widget.setToolTip(self._words + snapshot.keymap.hint(self._action_id))
