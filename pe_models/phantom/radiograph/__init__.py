"""Synthetic chest radiographs: the phantom's chest in projection, with pneumonia or without.

The CT phantom, its blood without contrast, is summed along the beam; what fills the air spaces is
computed apart and added, so that one chest gives several pictures. Nothing here is a patient.
"""

from typing import Final

RADIOGRAPH_VERSION: Final = "1.0.0"
"""Changes with every change of the pixels or of the truth that equal arguments give."""

PICTURES_A_CHEST: Final = 10
"""So many radiographs are made of one phantom patient, as a real data set has several of one."""
