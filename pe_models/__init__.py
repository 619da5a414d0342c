"""PE models: imaging, networks, training and explanation for CT pulmonary angiography.

Research use only. Not for diagnosis. Nothing here imports Qt.
"""

from importlib.metadata import PackageNotFoundError, version
from typing import Final

NOTICE: Final = "Research use only. Not for diagnosis."
"""Stands on screen and in every output."""

SOFTWARE_NAME: Final = "PE Reading Room"

try:
    __version__ = version("pe-reading-room")
except PackageNotFoundError:
    __version__ = "0+uninstalled"
