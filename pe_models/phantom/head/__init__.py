"""Synthetic head CT with bleeds of the five kinds, their truth known to the pixel.

One 3-D model of a head, evaluated slice by slice. Nothing here is a patient.
"""

from typing import Final

HEAD_VERSION: Final = "1.1.0"
"""Changes with every change of the pixels or of the truth that equal arguments give."""
