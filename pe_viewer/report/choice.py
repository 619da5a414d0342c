"""What a reader wants written: formats, where to, and whether it names the patient. No writers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

DICOM_FORMATS: Final = ("sr", "pmap", "seg", "key", "gsps", "sc", "dicompdf")
"""Formats whose documents are DICOM files, and may be sent to a destination."""


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """Formats of one report, for a folder."""

    folder: Path
    formats: tuple[str, ...]
    is_deidentified: bool = False
