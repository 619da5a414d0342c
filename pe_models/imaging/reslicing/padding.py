"""Padding: looked up in its packed form, one bit a voxel along columns, as ``Volume`` has it."""

from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

_BITS: Final = 8


def padding_in(
    packed: NDArray[np.uint8], slices: slice, rows: slice, cols: slice
) -> NDArray[np.bool_]:
    """Which voxels of a box are padding, (slice, row, col)."""
    octets = packed[slices, rows, cols.start // _BITS : -(-cols.stop // _BITS)]
    bits = np.unpackbits(octets, axis=2)[:, :, cols.start % _BITS :]
    return bits[:, :, : cols.stop - cols.start].view(np.bool_)


def weighs_padding(
    packed: NDArray[np.uint8],
    n_cols: int,
    address: NDArray[np.intp],
    has_next: tuple[NDArray[np.bool_], ...],
) -> NDArray[np.bool_]:
    """Which samples (sample,) take anything from padding.

    ``address`` is that of a sample's first voxel in flat memory; ``has_next`` tells for slice, row
    and col whether the next voxel along that axis has weight too.
    """
    _, n_rows, n_octets = packed.shape
    octets = packed.reshape(-1)
    lines, cols = np.divmod(address, n_cols)
    first = lines * n_octets + cols // _BITS
    # Of the two octets read together, the bit of the first voxel and that of the next.
    shift = (2 * _BITS - 2 - cols % _BITS).astype(np.uint16)
    wanted = has_next[2].astype(np.uint16) | np.uint16(2)
    weighs = np.zeros(address.shape, dtype=np.bool_)
    for next_slice, next_row in product((False, True), repeat=2):
        at = first + (next_slice * n_rows + next_row) * n_octets
        pair = octets.take(at, mode="clip").astype(np.uint16) << np.uint16(_BITS)
        pair |= octets.take(at + 1, mode="clip")
        found = (pair >> shift & wanted).astype(np.bool_)
        for is_next, has_weight in zip((next_slice, next_row), has_next[:2], strict=True):
            if is_next:
                found &= has_weight
        weighs |= found
    return weighs
