"""The top line: open, who is shown, the window, the model, the panels."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from pe_viewer.display.texts import (
    IDENTITY_HIDDEN,
    age_and_sex,
    date_text,
    device_text,
    person_name,
    window_text,
)
from pe_viewer.state import ModelStatus, ReviewSnapshot, ReviewState
from pe_viewer.views.action_set import ActionSet
from pe_viewer.views.bars.identity_line import Identity, IdentityLine
from pe_viewer.views.bars.overlay_button import OverlayButton
from pe_viewer.views.bars.slab_button import SlabButton
from pe_viewer.views.elided_label import ElidedLabel
from pe_viewer.views.icons import ICON, SMALL_ICON, icon
from pe_viewer.views.style import plain_tip, set_kind

_GAP_PX = 16
_LEAST_MODEL_PX = 40
_SOURCES = frozenset({"open_folder", "library_sheet"})
"""Where studies come from: the larger icons."""


class TopBar(QWidget):
    """Identity is always visible here; the rest steps back."""

    window_requested = Signal(object)

    def __init__(self, state: ReviewState, action_set: ActionSet) -> None:
        super().__init__()
        self.setObjectName("top_bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._actions = action_set
        self._identity = IdentityLine()
        self._window = QToolButton()
        self._preset_menu = QMenu(self)
        self._preset_menu.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._window.setMenu(self._preset_menu)
        self._window.setIcon(icon("ph.caret-down"))
        self._window.setIconSize(SMALL_ICON)
        self._window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self._window.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._window.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._window.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._window.setToolTip("Window: width, then centre")
        self._window.setAccessibleName("Window preset")
        self._model = ElidedLabel("dim")
        self._model.setMinimumWidth(_LEAST_MODEL_PX)
        self.slab_button = SlabButton(state)
        self.overlay_button = OverlayButton(state)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self._button("open_folder", "ph.folder-open"))
        row.addWidget(self._button("library_sheet", "ph.books"))
        row.addSpacing(_GAP_PX - 8)
        row.addWidget(self._identity, stretch=1)
        row.addWidget(self.overlay_button)
        row.addWidget(self.slab_button)
        row.addWidget(self._window)
        row.addWidget(self._model)
        row.addWidget(self._button("toggle_browser", "ph.folders"))
        row.addWidget(self._button("toggle_planes", "ph.layout"))
        row.addWidget(self._button("toggle_findings", "ph.list-bullets"))
        row.addWidget(self._button("toggle_report", "ph.clipboard-text"))
        state.changed.connect(self._on_changed)
        self._show_presets(state.snapshot)
        self._show(state.snapshot)

    def _button(self, action_id: str, icon_name: str) -> QToolButton:
        button = QToolButton()
        action = self._actions[action_id]
        action.setIcon(icon(icon_name))  # on the action: a button takes its look from there
        action.setIconVisibleInMenu(False)
        button.setDefaultAction(action)
        button.setIconSize(ICON if action_id in _SOURCES else SMALL_ICON)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setAccessibleName(action.toolTip())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _show_presets(self, snapshot: ReviewSnapshot) -> None:
        self._preset_menu.clear()
        for preset in snapshot.presets:
            chosen = self._preset_menu.addAction(preset.text)
            chosen.triggered.connect(partial(self.window_requested.emit, preset.window))
        self._preset_menu.addSeparator()
        for action_id in ("adaptive_window", "edit_presets"):
            self._preset_menu.addAction(self._actions[action_id])

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if old.presets is not new.presets:
            self._show_presets(new)
        names = ("presets", "study", "window", "model", "series", "hides_identity")
        if not all(getattr(old, name) is getattr(new, name) for name in names):
            self._show(new)

    def _show(self, snapshot: ReviewSnapshot) -> None:
        self._identity.show_identity(_identity(snapshot))
        self._window.setText(_window_name(snapshot))
        self._window.setVisible(snapshot.series is not None)
        self._model.setText(_model_text(snapshot.model))
        self._model.setToolTip(plain_tip(_model_tip(snapshot.model)))
        has_failed = bool(snapshot.model.message) and not snapshot.model.is_ready
        set_kind(self._model, "bad" if has_failed else "dim")


def _window_name(snapshot: ReviewSnapshot) -> str:
    """``PE  W 700 L 100`` where a preset is shown, else the numbers alone."""
    preset = next((p for p in snapshot.presets if p.window == snapshot.window), None)
    return window_text(snapshot.window) if preset is None else preset.text


def _identity(snapshot: ReviewSnapshot) -> Identity:
    study = snapshot.study
    if study is None:
        return Identity()
    if snapshot.hides_identity:
        return Identity(IDENTITY_HIDDEN, description=study.description)
    patient = study.patient
    return Identity(
        person_name(patient.name) or "No name",
        age_and_sex(patient.age, patient.sex),
        f"ID {patient.patient_id}" if patient.patient_id else "",
        date_text(study.date),
        study.description,
    )


def _model_text(model: ModelStatus) -> str:
    """Its name and what it runs on: without a GPU an analysis takes its time."""
    if model.is_ready:
        return f"Model: {model.name}, {device_text(model.device)}"
    return "Model: none" if model.message else "Model: starting"


def _model_tip(model: ModelStatus) -> str:
    if not model.is_ready:
        return model.message or "The model is being loaded in a process of its own"
    return f"{model.name} {model.version} on {model.device}\nTrained on {model.trained_on}"
