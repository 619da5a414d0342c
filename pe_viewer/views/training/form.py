"""The data and the ways of a new training, as a form that gives a RetrainOrder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from pe_models.bundle import ModelBundle
from pe_models.errors import PEError
from pe_models.retraining.order import (
    AS_IN_USE,
    STAGES,
    PhantomData,
    RetrainOrder,
    ReviewData,
    RsnaData,
    Start,
)
from pe_models.retraining.settling import require_nets, settled
from pe_models.training.config import preset_like
from pe_viewer.views.style import indent_number, label

_SOFTLY: Final = (
    "localizer.steps=100", "localizer.epochs=0", "localizer.learning_rate=0.0002",
    "slice.steps=300", "slice.epochs=0", "slice.learning_rate=0.0002",
    "refiner.steps=150", "refiner.epochs=0", "refiner.learning_rate=0.0003",
    "sequence.steps=100", "sequence.epochs=0", "sequence.learning_rate=0.0002",
)  # fmt: skip
"""A tenth of the usual rate: what the nets know is moved, not replaced."""

PRESETS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "Touch up: some minutes, at a low rate": (AS_IN_USE, _SOFTLY),
    "As the bundle in use was made: hours": (AS_IN_USE, ()),
    "Laptop: 1 mm a pixel": ("laptop", ()),
    "Ship: 0.75 mm a pixel, hours": ("ship", ()),
    "Tiny: a few steps, to try the way": ("tiny", ()),
}
"""The preset of ``pe_models.training`` and settings that change it."""

STAGE_CHOICES: Final = {
    "All nets": STAGES,
    "Localizer alone": ("localizer",),
    "Slice net alone": ("slice",),
    "Sequence net alone": ("sequence",),
}
STARTS: Final = {"The bundle in use": Start.IN_USE, "From scratch": Start.SCRATCH}
DEVICES: Final = {"Automatic": "auto", "CPU": "cpu", "GPU (CUDA)": "cuda"}

_LABELS_FILE: Final = "train.csv"
_LAST_SEED: Final = 800_000
_FIRST_SEED: Final = 30_000


class RetrainForm(QWidget):
    """``changed`` fires when another order is meant."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._review_data: ReviewData | None = None
        self._in_use: ModelBundle | None = None
        self.phantoms = QCheckBox("Phantoms, made on the spot")
        self.n_phantoms, self.share = (
            _spin(1, 2000, 12, " studies"),
            _spin(0, 100, 50, " % with PE"),
        )
        self.seed = _spin(0, _LAST_SEED, _FIRST_SEED, prefix="seed ")
        self.matrix = _combo({"512 px": 512, "256 px": 256})
        self.folder, self.folder_path = QCheckBox("Folder in the RSNA layout"), QLineEdit()
        self.choose = QPushButton("Choose…")
        self.reviews = QCheckBox("Signed-off readings of the library")
        self.n_reviews = label("", "dim")
        self.preset, self.stages = _combo(PRESETS), _combo(STAGE_CHOICES)
        self.start, self.device = _combo(STARTS), _combo(DEVICES)
        self.meant = label("", "dim")
        self.phantoms.setChecked(True)
        self.set_reviews(None, 0)
        self._place()
        self._connect()

    def order(self) -> RetrainOrder:
        """Raises DatasetError or TrainingError where that cannot be trained."""
        preset, settings = self.preset.currentData()
        return RetrainOrder(
            phantoms=self._phantom_data() if self.phantoms.isChecked() else None,
            rsna=self._rsna_data() if self.folder.isChecked() else None,
            reviews=self._review_data if self.reviews.isChecked() else None,
            stages=self.stages.currentData(),
            preset=preset,
            settings=tuple(settings),
            start=self._start(),
            device=self.device.currentData(),
        )

    def problem(self) -> str:
        """Why that cannot be trained, as far as the form can tell; "" where nothing is known."""
        try:
            order = self.order()
            if self._in_use is not None and order.start is Start.IN_USE:
                require_nets(settled(order, self._in_use), self._in_use)
        except PEError as error:
            return str(error)
        return ""

    def set_in_use(self, bundle: ModelBundle | None) -> None:
        """The bundle in use; None where it is not known."""
        self._in_use = bundle
        self._show_meant()

    def set_reviews(self, found: ReviewData | None, n_studies: int) -> None:
        """What the library has signed off; None where it has nothing."""
        self._review_data = found
        self.reviews.setEnabled(found is not None)
        if found is None:
            self.reviews.setChecked(False)
        self.n_reviews.setText(f"{n_studies} studies" if found else "none is signed off yet")

    def _start(self) -> Start:
        return Start(self.start.currentData())  # Qt gives the bare str back

    def _show_meant(self) -> None:
        """Beside a preset that the bundle in use gives, its name."""
        words = ""
        is_given = self.preset.currentData()[0] == AS_IN_USE
        if is_given and self._in_use is not None and self._start() is Start.IN_USE:
            name, made = preset_like(self._in_use), self._in_use
            words = f"preset {name}, as {made.name} {made.version}" if name else ""
        self.meant.setText(words)

    def _phantom_data(self) -> PhantomData:
        return PhantomData(
            self.n_phantoms.value(),
            self.seed.value(),
            self.share.value() / 100,
            self.matrix.currentData(),
        )

    def _rsna_data(self) -> RsnaData:
        folder = Path(self.folder_path.text())
        return RsnaData(folder, folder / _LABELS_FILE)

    def _place(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        of_phantoms = {
            self.n_phantoms: "number of studies",
            self.share: "share with PE",
            self.matrix: "matrix",
            self.seed: "seed",
        }
        rows: tuple[tuple[QLabel | QCheckBox, Mapping[QWidget, str]], ...] = (
            (label("Data", "section"), {}),
            (self.phantoms, of_phantoms),
            (self.folder, {self.folder_path: "path", self.choose: "choose"}),
            (self.reviews, {self.n_reviews: ""}),
            (label("Training", "section"), {}),
            (label("Preset"), {self.preset: "", self.meant: ""}),
            (label("What is trained"), {self.stages: ""}),
            (label("Begins with"), {self.start: ""}),
            (label("Device"), {self.device: ""}),
        )
        for row, (title, widgets) in enumerate(rows):
            grid.addWidget(title, row, 0)
            grid.addLayout(_line(tuple(widgets)), row, 1)
            for widget, words in widgets.items():
                if not isinstance(widget, QLabel):
                    widget.setAccessibleName(f"{title.text()}: {words}" if words else title.text())

    def _connect(self) -> None:
        self.folder_path.setPlaceholderText("a folder with train/ and train.csv")
        self.choose.clicked.connect(self._on_choose)
        for box in (self.phantoms, self.folder, self.reviews):
            box.toggled.connect(self.changed)
        for spin in (self.n_phantoms, self.share, self.seed):
            spin.valueChanged.connect(self.changed)
        for combo in (self.matrix, self.preset, self.stages, self.start, self.device):
            combo.currentIndexChanged.connect(self.changed)
        self.folder_path.textChanged.connect(self.changed)
        self.changed.connect(self._show_meant)

    def _on_choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "A folder in the RSNA layout")
        if folder:
            self.folder_path.setText(folder)
            self.folder.setChecked(True)


def _line(widgets: tuple[QWidget, ...]) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setSpacing(8)
    for widget in widgets:
        line.addWidget(widget)
    if not any(isinstance(widget, QLineEdit) for widget in widgets):
        line.addStretch(1)
    return line


def _spin(least: int, most: int, value: int, suffix: str = "", *, prefix: str = "") -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(least, most)
    spin.setValue(value)
    spin.setSuffix(suffix)
    spin.setPrefix(prefix)
    indent_number(spin)
    return spin


def _combo(choices: object) -> QComboBox:
    combo = QComboBox()
    for words, value in dict(choices).items():  # type: ignore[call-overload]
        combo.addItem(words, value)
    return combo
