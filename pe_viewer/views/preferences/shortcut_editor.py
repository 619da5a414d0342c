"""Other keys: a ready scheme, and each key of it changed. No key ever does two things."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pe_viewer.actions import ACTION, SCHEMES, Keymap, keymap_of
from pe_viewer.display.looks import ButtonUse, MouseScheme
from pe_viewer.display.mouse_texts import BUTTON_TEXTS
from pe_viewer.state import ReviewState
from pe_viewer.views.answer_buttons import answer_buttons
from pe_viewer.views.preferences.key_catcher import KeyCatcher
from pe_viewer.views.preferences.key_table import KeyTable
from pe_viewer.views.screen_room import Sheet
from pe_viewer.views.style import set_kind, wrapped_label
from pe_viewer.views.typing_line import TypingLine

_SIZE_PX: Final = (620, 700)


class ShortcutEditor(Sheet):
    """Works on a draft; ``keys_requested`` gives a scheme's id and the keymap made of it."""

    keys_requested = Signal(str, object)

    def __init__(self, state: ReviewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._draft = state.snapshot.keymap
        self._wanted: tuple[str, str, tuple[str, ...]] | None = None
        self.setWindowTitle("Change shortcuts")
        self._scheme = QComboBox()
        self._scheme.setAccessibleName("Ready scheme")
        for scheme in SCHEMES.values():
            self._scheme.addItem(scheme.name, scheme.id)
        self._middle, self._right = _button_box("Middle button"), _button_box("Right button")
        self._search = TypingLine()
        self._search.setPlaceholderText("Search actions and keys")
        self._search.setAccessibleName("Search actions and keys")
        self._table = KeyTable()
        self._catcher, self._adder = KeyCatcher("Set key"), KeyCatcher("Add key")
        self._clear = _button("No key")
        self._words = wrapped_label()
        self._take_over = _button("Take it from there")
        self._lay_out()
        self._connect()
        self.resize(*_SIZE_PX)

    def show_keys(self, scheme_id: str) -> None:
        """Opens with the keys as they are now, made of that scheme."""
        self._scheme.setCurrentIndex(max(0, self._scheme.findData(scheme_id)))
        self._search.clear()
        self._show_draft(self._state.snapshot.keymap)
        self.show()
        self._search.setFocus()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        for words, box in (
            ("Keys and mouse", self._scheme),
            ("Middle button", self._middle),
            ("Right button", self._right),
        ):
            form.addRow(words, box)
        row = QHBoxLayout()
        for button in (self._catcher, self._adder, self._clear):
            row.addWidget(button)
        row.addStretch(1)
        said = QHBoxLayout()
        said.addWidget(self._words, stretch=1)
        said.addWidget(self._take_over)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self._search)
        column.addWidget(self._table, stretch=1)
        column.addLayout(row)
        column.addLayout(said)
        column.addWidget(
            answer_buttons(
                ("Cancel", self.reject),
                ("Keep", self._on_kept),
                reset=("All as in the scheme", self._use_scheme),
            )
        )

    def _connect(self) -> None:
        self._scheme.activated.connect(self._use_scheme)
        self._middle.activated.connect(self._on_buttons_chosen)
        self._right.activated.connect(self._on_buttons_chosen)
        self._search.textChanged.connect(self._table.show_matches)
        self._search.left.connect(self.reject)
        self._table.currentItemChanged.connect(self._show_choice)
        self._catcher.key_caught.connect(self._on_key_set)
        self._adder.key_caught.connect(self._on_key_added)
        self._clear.clicked.connect(self._on_cleared)
        self._take_over.clicked.connect(self._on_taken_over)

    def _show_draft(self, draft: Keymap) -> None:
        self._draft = draft
        self._table.show_keymap(draft)
        for box, use in ((self._middle, draft.mouse.middle), (self._right, draft.mouse.right)):
            box.setCurrentIndex(box.findData(use.name))
        self._show_choice()

    def _show_choice(self) -> None:
        """What the chosen action does, and no word of an earlier conflict."""
        chosen = self._table.chosen_id
        self._wanted = None
        self._take_over.hide()
        for button in (self._catcher, self._adder, self._clear):
            button.setEnabled(bool(chosen))
        set_kind(self._words, "dim")
        self._words.setText(ACTION[chosen].tip if chosen else "Choose an action")

    def _use_scheme(self) -> None:
        self._show_draft(keymap_of(self._scheme.currentData(), ()))

    def _on_buttons_chosen(self) -> None:
        middle, right = (ButtonUse[box.currentData()] for box in (self._middle, self._right))
        self._show_draft(self._draft.with_mouse(MouseScheme(middle, right)))

    def _on_key_set(self, key: str) -> None:
        self._give(self._table.chosen_id, key, ())

    def _on_key_added(self, key: str) -> None:
        chosen = self._table.chosen_id
        others = tuple(k for k in self._draft.keys_of(chosen) if k != key)
        self._give(chosen, key, others)

    def _on_cleared(self) -> None:
        self._show_draft(self._draft.with_keys(((self._table.chosen_id, ()),)))

    def _give(self, action_id: str, key: str, others: tuple[str, ...]) -> None:
        """Gives the action a key beside ``others``, unless another action has it."""
        owner = self._draft.owner_of(key)
        if owner in ("", action_id):
            self._show_draft(self._draft.with_keys(((action_id, (*others, key)),)))
            return
        self._show_choice()
        self._wanted = owner, key, others
        set_kind(self._words, "bad")
        self._words.setText(f"{key} is “{ACTION[owner].text.removesuffix('…')}”")
        self._take_over.show()

    def _on_taken_over(self) -> None:
        """The key goes from the action that had it to the one that is chosen, beside its others."""
        if self._wanted is None:
            return
        (owner, key, others), chosen = self._wanted, self._table.chosen_id
        left = tuple(k for k in self._draft.keys_of(owner) if k != key)
        self._show_draft(self._draft.with_keys(((owner, left), (chosen, (*others, key)))))

    def _on_kept(self) -> None:
        self.accept()
        self.keys_requested.emit(self._scheme.currentData(), self._draft)


def _button(words: str) -> QPushButton:
    made = QPushButton(words)
    made.setAutoDefault(False)
    return made


def _button_box(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for use, words in BUTTON_TEXTS.items():
        box.addItem(words, use.name)
    return box
