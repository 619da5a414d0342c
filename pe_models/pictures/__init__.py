"""Single slices and radiographs: read from their files, and made the input of a picture net.

The same in training and inference.
"""

from pe_models.pictures.reading import PictureValues, read_picture
from pe_models.pictures.shrinking import LEVELS, as_grey, as_input, normalise, shrunk

__all__ = [
    "LEVELS",
    "PictureValues",
    "as_grey",
    "as_input",
    "normalise",
    "read_picture",
    "shrunk",
]
