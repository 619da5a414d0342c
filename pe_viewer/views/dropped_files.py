"""The files and folders that a drag brings."""

from pathlib import Path

from PySide6.QtCore import QMimeData


def local_paths(dragged: QMimeData) -> list[Path]:
    """Those on this machine; none of what is text, or lies elsewhere."""
    return [Path(url.toLocalFile()) for url in dragged.urls() if url.isLocalFile()]
