"""Chambers: which blood of the heart a voxel holds, for the truth."""

from enum import IntEnum

from pe_models.phantom.shapes import Field


class Chamber(IntEnum):
    """The values of a chamber mask; 0 is none of them.

    Blood alone: myocardium and papillary muscles are none. So is the outflow tract beyond the body
    of the right ventricle, whose width is measured without it.
    """

    RIGHT_VENTRICLE = 1
    LEFT_VENTRICLE = 2
    RIGHT_ATRIUM = 3
    LEFT_ATRIUM = 4


Covers = dict[int, Field]
"""Coverages in [0, 1], each (rows, cols), by the number of what they are of."""


def under(covers: Covers, cover: Field) -> Covers:
    """``covers`` less what ``cover`` (rows, cols), painted later, hides of them."""
    seen = 1.0 - cover
    return {number: below * seen for number, below in covers.items()}
