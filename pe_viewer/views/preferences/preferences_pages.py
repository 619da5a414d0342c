"""The pages of the preferences whose values are settings."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from pe_viewer.display.heat import MAX_OPACITY
from pe_viewer.display.texts import method_text
from pe_viewer.settings import DEVICES, LANGUAGES, Settings
from pe_viewer.views.preferences.preferences_page import PreferencesPage
from pe_viewer.views.style import indent_number

Choices = Iterable[tuple[str, object]]

_LONGEST_NAME: Final = 64
_MOST_HIDDEN: Final = 95
_DEVICE_TEXTS: Final[Mapping[str, str]] = {
    "auto": "The fastest there is",
    "cpu": "Processor (CPU)",
    "cuda": "Graphics card (CUDA)",
}
_LANGUAGE_TEXTS: Final[Mapping[str, str]] = {"en": "English", "de": "Deutsch"}


class ReadingPage(PreferencesPage):
    """Who reads, and how a session begins."""

    title = "Reading"

    def __init__(self) -> None:
        super().__init__()
        self._name = QLineEdit()
        self._name.setMaxLength(_LONGEST_NAME)
        self._mode = combo((("Concurrent", False), ("Second reader", True)))
        self._analyze = QCheckBox("Analyse every series on opening")
        self._session = QCheckBox("Open the last study at the start")
        self.add_row("Reader's name", self._name, "Stands under signed reports and in the audit.")
        self.add_row(
            "Reading mode",
            self._mode,
            "A second reader sees the model after locking the first read.",
        )
        for box in (self._analyze, self._session):
            self.form.addRow("", box)

    def fill(self, settings: Settings) -> None:
        self._name.setText(settings.reader_name)
        choose(self._mode, settings.second_reader)
        self._analyze.setChecked(settings.analyze_on_open)
        self._session.setChecked(settings.restores_session)

    def changes(self) -> Mapping[str, object]:
        return {
            "reader_name": self._name.text().strip(),
            "second_reader": self._mode.currentData(),
            "analyze_on_open": self._analyze.isChecked(),
            "restores_session": self._session.isChecked(),
        }


class ModelPage(PreferencesPage):
    """Which bundle looks, on which device."""

    title = "Model"

    def __init__(
        self, in_use: Callable[[], str], bundles: Callable[[], tuple[tuple[str, str], ...]]
    ) -> None:
        """``in_use`` names the bundle that is used where none is chosen; ``bundles`` are words and
        name of those at hand. Both are asked each time the sheet opens."""
        super().__init__()
        self._in_use, self._bundles = in_use, bundles
        self._bundle = combo(())
        self._device = combo((_DEVICE_TEXTS[device], device) for device in DEVICES)
        self.add_row("Bundle", self._bundle, "Findings of another bundle are no longer shown.")
        self.add_row("Device", self._device)

    def fill(self, settings: Settings) -> None:
        self._bundle.clear()
        self._bundle.addItem(f"The promoted one: {self._in_use() or 'not usable'}", None)
        for words, name in self._bundles():
            self._bundle.addItem(words, name)
        if self._bundle.findData(settings.bundle) < 0:
            self._bundle.addItem(f"{settings.bundle} (not found)", settings.bundle)
        choose(self._bundle, settings.bundle)
        choose(self._device, settings.device)

    def changes(self) -> Mapping[str, object]:
        return {"bundle": self._bundle.currentData(), "device": self._device.currentData()}


class OverlayPage(PreferencesPage):
    """How the overlay begins; its button in the top bar changes it for the session."""

    title = "Overlay"

    def __init__(self, methods: Iterable[str]) -> None:
        super().__init__()
        own = ("The bundle's own", "")
        self._method = combo((own, *((method_text(method), method) for method in methods)))
        self._opacity, self._least = percent(5, round(100 * MAX_OPACITY)), percent(0, _MOST_HIDDEN)
        self.add_row("Method", self._method, "Where a bundle has no such map, its own is shown.")
        self.add_row("Opacity", self._opacity)
        self.add_row("Hidden part of the scale", self._least, "From its low end.")

    def fill(self, settings: Settings) -> None:
        choose(self._method, settings.overlay_method)
        self._opacity.setValue(round(100 * settings.overlay_opacity))
        self._least.setValue(round(100 * settings.overlay_least))

    def changes(self) -> Mapping[str, object]:
        return {
            "overlay_method": self._method.currentData(),
            "overlay_opacity": self._opacity.value() / 100,
            "overlay_least": self._least.value() / 100,
        }


class WindowPage(PreferencesPage):
    """The way to the presets and to the keys, which have sheets of their own."""

    title = "Windows and keys"
    presets_requested = Signal()
    shortcuts_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        for words, field, asked in (
            ("Window presets", "Edit presets…", self.presets_requested),
            ("Keys and mouse", "Change shortcuts…", self.shortcuts_requested),
        ):
            button = QPushButton(field)
            button.setAutoDefault(False)
            button.clicked.connect(asked)
            self.add_row(words, button)


class ReportPage(PreferencesPage):
    """Language, formats and folder that a report begins with."""

    title = "Reports"

    def __init__(self, formats: Iterable[tuple[str, str]]) -> None:
        """``formats`` are pairs of a format's name and what it is, in words."""
        super().__init__()
        self._language = combo((_LANGUAGE_TEXTS[code], code) for code in LANGUAGES)
        self._formats = {name: QCheckBox(words) for name, words in formats}
        self._folder = FolderField()
        self._organization = QLineEdit()
        self._organization.setMaxLength(_LONGEST_NAME)
        self.add_row("Language", self._language)
        self.add_row("Folder", self._folder, "Empty: the window asks each time.")
        self.add_row(
            "Verifying organization",
            self._organization,
            "Empty: a signed report stays UNVERIFIED in DICOM. Only a site may decide otherwise.",
        )
        for number, box in enumerate(self._formats.values()):
            self.form.addRow("" if number else "Formats", box)

    def fill(self, settings: Settings) -> None:
        choose(self._language, settings.report_language)
        self._folder.set_folder(settings.export_folder)
        self._organization.setText(settings.verifying_organization)
        for name, box in self._formats.items():
            box.setChecked(not settings.report_formats or name in settings.report_formats)

    def changes(self) -> Mapping[str, object]:
        chosen = tuple(name for name, box in self._formats.items() if box.isChecked())
        return {
            "report_language": self._language.currentData(),
            "report_formats": () if len(chosen) == len(self._formats) else chosen,
            "export_folder": self._folder.folder,
            "verifying_organization": self._organization.text().strip(),
        }

    def problem(self) -> str:
        if not any(box.isChecked() for box in self._formats.values()):
            return "Choose at least one format"
        folder = self._folder.folder
        with suppress(OSError):  # a drive that does not answer
            if folder is None or folder.is_dir():
                return ""
        return "There is no such folder for reports"


class FolderField(QWidget):
    """A folder, typed or chosen; None while empty."""

    def __init__(self) -> None:
        super().__init__()
        self._line = QLineEdit()
        choose_button = QPushButton("Choose…")
        choose_button.setAutoDefault(False)
        choose_button.clicked.connect(self._ask)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._line, stretch=1)
        row.addWidget(choose_button)
        self.setFocusProxy(self._line)

    @property
    def folder(self) -> Path | None:
        text = self._line.text().strip()
        return Path(text) if text else None

    def set_folder(self, folder: Path | None) -> None:
        self._line.setText("" if folder is None else str(folder))

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self._line.setAccessibleName(name)

    def _ask(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Folder for reports", self._line.text())
        if chosen:
            self._line.setText(chosen)


def combo(choices: Choices) -> QComboBox:
    """A box of words, each with what it stands for."""
    box = QComboBox()
    for words, meant in choices:
        box.addItem(words, meant)
    return box


def choose(box: QComboBox, meant: object) -> None:
    box.setCurrentIndex(max(0, box.findData(meant)))


def percent(least: int, most: int) -> QSpinBox:
    box = QSpinBox()
    indent_number(box)
    box.setRange(least, most)
    box.setSingleStep(5)
    box.setSuffix(" %")
    return box
