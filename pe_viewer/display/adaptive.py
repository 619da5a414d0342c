"""The window that the contrast in the pulmonary trunk asks for."""

from dataclasses import dataclass
from typing import Final

from pe_models.errors import InputError
from pe_models.imaging.window import Window
from pe_viewer.display.measuring import EllipseStats
from pe_viewer.review import Ellipse

LEAST_HU: Final = 120.0
"""Below it there is no bolus to set a window by."""
TRUNK_NOT_FOUND: Final = "The pulmonary trunk was not found"


@dataclass(frozen=True, slots=True)
class TrunkRegion:
    """A circle in the pulmonary trunk, as an ellipse on its slice, with the HU within."""

    ellipse: Ellipse
    stats: EllipseStats


def adaptive_window(stats: EllipseStats) -> Window:
    """Width mean + 2 SD, centre half of it (Bae et al., Radiology 2005;236:677).

    Raises InputError where blood is too dark to set a window by.
    """
    if stats.mean_hu < LEAST_HU:
        raise InputError(
            f"The region measures {stats.mean_hu:.0f} HU: below {LEAST_HU:.0f} HU there is no "
            "bolus to set the window by"
        )
    width = round(stats.mean_hu + 2.0 * stats.sd_hu)
    return Window(float(width), float(round(width / 2)))
