"""A plane as a picture: grey where something is, clear where nothing is."""

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.reslice import Reslice
from pe_models.imaging.window import Window
from pe_viewer.display.slice_image import render


def render_plane(reslice: Reslice, window: Window, *, invert: bool = False) -> NDArray[np.uint8]:
    """Grey levels (row, col) where all of the plane is there, else colours (row, col, rgba).

    What is not there is wholly clear, so that what is painted below it shows.
    """
    grey = render(reslice.hu, window, invert=invert)
    if reslice.is_there.all():
        return grey
    rgba = np.repeat(grey[..., np.newaxis], 4, axis=2)
    rgba[..., 3] = 255
    rgba[~reslice.is_there] = 0
    return rgba
