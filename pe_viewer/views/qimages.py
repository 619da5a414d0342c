"""Arrays as Qt images that own their memory."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def grey_image(grey: NDArray[np.uint8]) -> QImage:
    """An image of grey levels (row, col), in the format that is scaled fastest."""
    packed = np.ascontiguousarray(grey)
    rows, cols = packed.shape
    image = QImage(packed.data, cols, rows, cols, QImage.Format.Format_Grayscale8)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def rgba_image(rgba: NDArray[np.uint8]) -> QImage:
    """An image of colours (row, col, rgba), premultiplied, which is what painting is fastest on."""
    packed = np.ascontiguousarray(rgba)
    rows, cols, _ = packed.shape
    image = QImage(packed.data, cols, rows, 4 * cols, QImage.Format.Format_RGBA8888)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def rgb_image(colours: NDArray[np.uint8]) -> QImage:
    """An image of colours (row, col, rgb)."""
    packed = np.ascontiguousarray(colours)
    rows, cols, _ = packed.shape
    return QImage(packed.data, cols, rows, 3 * cols, QImage.Format.Format_RGB888).copy()
