"""Trilinear interpolation of many samples at once, in arrays that are used again and again.

Memory fresh from the system is cleared page by page, which takes as long as the arithmetic.
"""

from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pe_models.imaging.reslicing.voxels import FRACTION_BITS, ONE

_VOXEL: Final = np.float32(1.0 / ONE)


def interpolate(
    low: NDArray[np.float32], high: NDArray[np.float32], fraction: NDArray[np.float32]
) -> None:
    """Linear, into ``low``; overwrites ``high``. ``fraction`` broadcasts to their shape."""
    np.subtract(high, low, out=high)
    np.multiply(high, fraction, out=high)
    np.add(low, high, out=low)


class Trilinear:
    """A tile of samples. Write ``index`` and call ``set_axis`` for axes 0, 1 and 2, in this order.

    Then ``address`` is that of each sample's first voxel in flat memory, ``fractions[axis]`` its
    distance from there, and ``interpolated`` gives HU. Only one thread may use it.
    """

    def __init__(
        self, hu: NDArray[np.int16], shape: tuple[int, int], *, watches_least: bool
    ) -> None:
        self._extents = hu.shape
        self._corners = [_from(hu, k, i, j) for k, i, j in product((0, 1), repeat=3)]
        is_narrow = hu.size <= np.iinfo(np.int32).max
        self.index = np.empty(shape, dtype=np.int32)
        self.address = np.empty(shape, dtype=np.intp)
        self.fractions = tuple(np.empty(shape, dtype=np.float32) for _ in range(3))
        self._whole = np.empty(shape, dtype=np.int32)
        # 32 bits are twice as fast, where they can count all voxels.
        self._address = np.empty(shape, dtype=np.int32) if is_narrow else self.address
        self._taken = np.empty(shape, dtype=np.int16)
        self._hu = tuple(np.empty(shape, dtype=np.float32) for _ in range(4))
        self.least = np.empty(shape, dtype=np.int16) if watches_least else None
        """The least HU of the voxels around each sample, filled by ``interpolated``."""

    def set_axis(self, axis: int) -> None:
        """Takes the fixed-point ``index`` along an axis, which must lie within its centres."""
        fraction = self.fractions[axis]
        np.copyto(fraction, np.bitwise_and(self.index, ONE - 1, out=self._whole))
        fraction *= _VOXEL
        np.right_shift(self.index, FRACTION_BITS, out=self._whole)
        if axis == 0:
            np.copyto(self._address, self._whole)
        else:
            self._address *= self._extents[axis]
            self._address += self._whole
        if axis == 2:
            np.copyto(self.address, self._address)

    def interpolated(self) -> NDArray[np.float32]:
        """HU, in an array of this object."""
        first, second, third, fourth = self._hu
        if self.least is not None:
            self.least.fill(np.iinfo(np.int16).max)
        self._square(0, first, second, third)
        self._square(1, second, third, fourth)
        interpolate(first, second, self.fractions[0])
        return first

    def _square(self, number: int, *hu: NDArray[np.float32]) -> None:
        """Between the four voxels of one slice, into the first array."""
        self._line(2 * number, hu[0], hu[1])
        self._line(2 * number + 1, hu[1], hu[2])
        interpolate(hu[0], hu[1], self.fractions[1])

    def _line(self, number: int, *hu: NDArray[np.float32]) -> None:
        """Between the two voxels of one row, into the first array."""
        self._take(2 * number, hu[0])
        self._take(2 * number + 1, hu[1])
        interpolate(hu[0], hu[1], self.fractions[2])

    def _take(self, corner: int, hu: NDArray[np.float32]) -> None:
        np.take(self._corners[corner], self.address, out=self._taken, mode="clip")
        if self.least is not None:
            np.minimum(self.least, self._taken, out=self.least)
        np.copyto(hu, self._taken)


def _from(hu: NDArray[np.int16], slices: int, rows: int, cols: int) -> NDArray[np.int16]:
    """Flat memory (voxel,) from that voxel on.

    Addresses that lead past the end belong to voxels of no weight; ``clip`` bends them back.
    """
    shift = (slices * hu.shape[1] + rows) * hu.shape[2] + cols
    return hu.reshape(-1)[min(shift, hu.size - 1) :]
