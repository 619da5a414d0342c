"""The bundles at hand: which is in use, which were, and what can be done with each."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from pe_models.bundle import BundleListing, ModelBundle
from pe_viewer.training_state import Shelf, TrainingSnapshot, TrainingState
from pe_viewer.views.question import ask_first
from pe_viewer.views.style import label, wrapped_label

_LIST_PX: Final = 180
_FILES: Final = "Model bundle (*.zip)"


class RetrainBundlesPage(QWidget):
    """Asks before a bundle is deleted; every other change can be gone back on."""

    use_requested = Signal(object)
    verify_requested = Signal(object)
    export_requested = Signal(object, object)
    import_requested = Signal(object)
    deletion_requested = Signal(object)
    rollback_requested = Signal()

    def __init__(self, state: TrainingState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.list = QListWidget()
        self.list.setAccessibleName("Model bundles")
        self.list.setMinimumHeight(_LIST_PX)
        self.details, self.history = wrapped_label(), wrapped_label("", "dim")
        self.card = QTextBrowser()
        self.card.setAccessibleName("Model card")
        self.problem = wrapped_label("", "bad")
        self.buttons = {
            name: QPushButton(name)
            for name in ("Put to use", "Go back", "Verify", "Export…", "Import…", "Delete…")
        }
        self._place()
        self._connect()
        state.changed.connect(self._on_changed)
        self._show(state.snapshot.shelf)

    @property
    def selected(self) -> ModelBundle | None:
        """The bundle that the list stands on."""
        item = self.list.currentItem()
        bundle = None if item is None else item.data(Qt.ItemDataRole.UserRole)
        return bundle if isinstance(bundle, ModelBundle) else None

    def _place(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label("Model bundles", "headline"))
        column.addWidget(self.problem)
        column.addWidget(self.list)
        row = QHBoxLayout()
        for button in self.buttons.values():
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.details)
        column.addWidget(label("Model card", "section"))
        column.addWidget(self.card, stretch=1)
        column.addWidget(label("In use, newest first", "section"))
        column.addWidget(self.history)

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(lambda *_: self._show_selected())
        self.buttons["Put to use"].clicked.connect(self._on_use)
        self.buttons["Verify"].clicked.connect(lambda: self._emit(self.verify_requested))
        self.buttons["Go back"].clicked.connect(self.rollback_requested)
        self.buttons["Export…"].clicked.connect(self._on_export)
        self.buttons["Import…"].clicked.connect(self._on_import)
        self.buttons["Delete…"].clicked.connect(self._on_delete)

    def _on_changed(self, old: TrainingSnapshot, new: TrainingSnapshot) -> None:
        if old.shelf != new.shelf:
            self._show(new.shelf)

    def _show(self, shelf: Shelf) -> None:
        kept = self.selected
        self.list.clear()
        for listing in shelf.bundles:
            self.list.addItem(_item(listing, shelf.in_use_sha256))
        rows = [i for i, b in enumerate(shelf.bundles) if kept and b.bundle == kept]
        self.list.setCurrentRow(rows[0] if rows else 0)
        self.problem.setText(shelf.problem)
        self.problem.setVisible(bool(shelf.problem))
        lines = [
            f"{c.time[:16].replace('T', ' ')} UTC   {c.name} {c.version}   {c.change}"
            + (f": {c.reason}" if c.reason else "")
            for c in reversed(shelf.choices)
        ]
        self.history.setText("\n".join(lines) or "The shipped bundle, from the start")
        self.buttons["Go back"].setEnabled(len(shelf.choices) > 1)
        self._show_selected()

    def _show_selected(self) -> None:
        bundle, in_use = self.selected, self._state.snapshot.shelf.in_use_sha256
        self.details.setText("" if bundle is None else _details_text(bundle))
        cards = self._state.snapshot.shelf.cards
        self.card.setHtml(_card_html("" if bundle is None else cards.get(bundle.sha256, "")))
        is_other = bundle is not None and bundle.sha256 != in_use
        self.buttons["Put to use"].setEnabled(is_other)
        self.buttons["Delete…"].setEnabled(is_other)
        for name in ("Verify", "Export…"):
            self.buttons[name].setEnabled(bundle is not None)

    def _emit(self, signal: object) -> None:
        if self.selected is not None:
            signal.emit(self.selected)  # type: ignore[attr-defined]

    def _on_export(self) -> None:
        bundle = self.selected
        if bundle is None:
            return
        name, _ = QFileDialog.getSaveFileName(self, "Export", f"{bundle.name}.zip", _FILES)
        if name:
            self.export_requested.emit(bundle, Path(name).with_suffix(".zip"))

    def _on_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Import a model bundle", "", _FILES)
        if name:
            self.import_requested.emit(Path(name))

    def _on_delete(self) -> None:
        bundle = self.selected
        if bundle is None:
            return
        ask_first(
            self,
            f"Delete {bundle.name} {bundle.version}? Its findings stay readable.",
            "Delete",
            lambda: self.deletion_requested.emit(bundle),
        )

    def _on_use(self) -> None:
        """By hand, past the gate: never by one click."""
        bundle = self.selected
        if bundle is None:
            return
        ask_first(
            self,
            f"Put {bundle.name} {bundle.version} to use by hand? The gate does not compare it "
            "with the bundle in use.",
            "Put to use",
            lambda: self.use_requested.emit(bundle),
        )


def _item(listing: BundleListing, in_use_sha256: str) -> QListWidgetItem:
    bundle = listing.bundle
    if bundle is None:
        return QListWidgetItem(listing.problem)
    mark = "● in use   " if bundle.sha256 == in_use_sha256 else ""
    item = QListWidgetItem(f"{mark}{bundle.name} {bundle.version}   {bundle.spec.created}")
    item.setData(Qt.ItemDataRole.UserRole, bundle)
    return item


def _card_html(markdown: str) -> str:
    """In the weights that our font has, and without a grid of lines."""
    document = QTextDocument()
    document.setMarkdown(markdown)
    html = document.toHtml().replace("font-weight:700", "font-weight:600")
    return html.replace('border="1"', 'border="0"').replace('cellpadding="2"', 'cellpadding="4"')


def _details_text(bundle: ModelBundle) -> str:
    return (
        f"Trained on {bundle.card.trained_on}; calibrated on {bundle.calibration.calibrated_on}\n"
        f"Licence {bundle.card.licence}   SHA-256 {bundle.sha256}"
    )
