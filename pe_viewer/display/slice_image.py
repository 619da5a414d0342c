"""A slice as grey levels or, under an overlay, as colours. For pictures and reports alike."""

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.window import Window


def render(
    hu_slice: NDArray[np.int16],
    window: Window,
    *,
    invert: bool = False,
    overlay: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Grey levels (row, col), or colours (row, col, rgb) where there is an ``overlay``.

    ``hu_slice`` (row, col) is HU; ``overlay`` (row, col, rgba) is not premultiplied, as
    ``heat.overlay_rgba`` makes it, and is laid over after inverting. Contiguous in memory.
    """
    grey = window.to_grey(hu_slice)
    if invert:
        np.subtract(255, grey, out=grey)
    return grey if overlay is None else _blended(grey, overlay)


def spread_window(pixels: NDArray[np.int16]) -> Window:
    """A window over nearly all values of a slice, for those that are not in HU."""
    low, high = (float(value) for value in np.percentile(pixels, (1.0, 99.5)))
    return Window(max(1.0, high - low), (low + high) / 2)


def _blended(grey: NDArray[np.uint8], overlay: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if overlay.shape != (*grey.shape, 4):
        raise ValueError(f"overlay {overlay.shape} does not fit a slice of {grey.shape}")
    share = overlay[..., 3:].astype(np.float32) / np.float32(255.0)
    mixed = grey[..., np.newaxis] * (1.0 - share) + overlay[..., :3] * share
    return (mixed + 0.5).astype(np.uint8)
