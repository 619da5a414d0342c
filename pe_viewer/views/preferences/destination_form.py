"""The fields of one destination: a record that may be incomplete, and no Destination yet."""

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLineEdit, QSpinBox, QWidget

from pe_viewer.send.destination import OWN_AE_TITLE
from pe_viewer.views.style import indent_number

NEW_RECORD: Final[Mapping[str, Any]] = {
    "kind": "dicom", "name": "", "host": "", "port": 104, "called_ae": "",
    "calling_ae": OWN_AE_TITLE, "uses_tls": False, "url": "https://", "user": "", "password": "",
    "tls": {"authority": "", "certificate": "", "key": ""},
}  # fmt: skip

_KINDS: Final = (("DICOM node", "dicom"), ("DICOMweb server", "dicomweb"))
_LINES: Final[Mapping[str, str]] = {
    "host": "Host",
    "called_ae": "Its AE title",
    "calling_ae": "Our AE title",
    "url": "Address",
    "user": "User",
    "password": "Password",
}
_OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "dicom": ("host", "port", "called_ae", "calling_ae", "uses_tls"),
    "dicomweb": ("url", "user", "password"),
}
_FILES: Final[Mapping[str, str]] = {
    "authority": "Authority (PEM)",
    "certificate": "Our certificate (PEM)",
    "key": "Our key (PEM)",
}
_LAST_PORT: Final = 65535


class DestinationForm(QWidget):
    """Shows the fields that the kind has. ``name_changed`` as one types."""

    name_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._name, self._kind, self._port = QLineEdit(), QComboBox(), QSpinBox()
        self._uses_tls = QCheckBox("TLS")
        self._lines = {key: QLineEdit() for key in _LINES}
        self._files = {key: QLineEdit() for key in _FILES}
        self._lines["password"].setEchoMode(QLineEdit.EchoMode.Password)
        indent_number(self._port)
        self._port.setRange(1, _LAST_PORT)
        for words, kind in _KINDS:
            self._kind.addItem(words, kind)
        self._kind.currentIndexChanged.connect(self._on_kind_chosen)
        self._name.textChanged.connect(self.name_changed)
        self._add_rows()

    def fill(self, record: Mapping[str, Any]) -> None:
        """Shows a record; what it lacks stands as in a new one."""
        whole = {**NEW_RECORD, **record}
        self._kind.setCurrentIndex(self._kind.findData(whole["kind"]))
        self._name.setText(whole["name"])
        self._port.setValue(whole["port"])
        self._uses_tls.setChecked(whole["uses_tls"])
        for key, line in self._lines.items():
            line.setText(whole[key])
        for key, line in self._files.items():
            line.setText(whole["tls"].get(key, ""))
        self._on_kind_chosen()

    def record(self) -> dict[str, Any]:
        """The fields of the chosen kind, as ``from_record`` takes them."""
        kind = self._kind.currentData()
        values: dict[str, Any] = {key: line.text().strip() for key, line in self._lines.items()}
        values |= {"port": self._port.value(), "uses_tls": self._uses_tls.isChecked()}
        values["password"] = self._lines["password"].text()
        return {
            "kind": kind,
            "name": self._name.text().strip(),
            **{key: values[key] for key in _OF_KIND[kind]},
            "tls": {key: line.text().strip() for key, line in self._files.items()},
        }

    def _add_rows(self) -> None:
        self._add("Name", self._name)
        self._add("Kind", self._kind)
        for key in ("host", "port", "called_ae", "calling_ae", "uses_tls", *_OF_KIND["dicomweb"]):
            field = self._field(key)
            self._add({"port": "Port", "uses_tls": ""}.get(key, _LINES.get(key, "")), field)
        for key, words in _FILES.items():
            self._add(words, self._files[key])

    def _add(self, words: str, field: QWidget) -> None:
        field.setAccessibleName(words or "TLS")
        self._form.addRow(words, field)

    def _field(self, key: str) -> QWidget:
        others: dict[str, QWidget] = {"port": self._port, "uses_tls": self._uses_tls}
        return others.get(key) or self._lines[key]

    def _on_kind_chosen(self) -> None:
        chosen = self._kind.currentData()
        for kind, keys in _OF_KIND.items():
            for key in keys:
                self._form.setRowVisible(self._field(key), kind == chosen)
