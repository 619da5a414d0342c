"""KeptMaps: what is kept of dense slice nets' maps while a study goes through, to find places."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pe_models.nets.refiner import SEEN
from pe_models.nets.tissues import STRIDE, Tissue, clot_scores, to_logit
from pe_models.preprocess import CELL_PX, Framed

Maps = tuple[NDArray[np.float16], NDArray[np.bool_]]
"""Clot in logits, and whether artery or clot: ``[slice, map_row, map_col]`` each."""

_SURE: Final = 0.5
_CELLS: Final = CELL_PX // STRIDE


class KeptMaps:
    """Slices come in any order, each once. Three bytes a cell of 1.5 mm: 8 MB a usual study; nine
    bytes while a Refiner has yet to see it.
    """

    def __init__(self, *, for_refiner: bool = False) -> None:
        self._clot: dict[int, NDArray[np.float16]] = {}
        self._vessel: dict[int, NDArray[np.bool_]] = {}
        self._seen: dict[int, Tensor] | None = {} if for_refiner else None

    def add(self, slice_indices: Sequence[int], tissues: Sequence[Tensor | None]) -> None:
        """``tissues`` (batch, tissue, map_row, map_col) of each slice net, as logits.

        The nets' scores are averaged; nets without maps leave nothing to keep.
        """
        dense = [maps for maps in tissues if maps is not None]
        if not dense:
            return
        clot = torch.stack([clot_scores(maps) for maps in dense]).mean(dim=0)
        artery = torch.stack([maps[:, Tissue.ARTERY].sigmoid() for maps in dense]).mean(dim=0)
        is_vessel = torch.maximum(clot, artery) >= _SURE
        self._clot.update(zip(slice_indices, _arrays(to_logit(clot).half()), strict=True))
        self._vessel.update(zip(slice_indices, _arrays(is_vessel), strict=True))
        if self._seen is not None:
            self._seen.update(zip(slice_indices, dense[0][:, : len(SEEN)].half(), strict=True))

    def seen(self, sides: tuple[Framed, Framed]) -> list[Tensor]:
        """What a Refiner sees of each slice, over the crop: (tissue, map_row, map_col), as logits
        in float16. It is given once, and not kept any longer.
        """
        held, self._seen = self._seen or {}, None
        rows, cols = map(over_crop, sides)
        return [held[index][:, rows, cols] for index in range(len(held))]

    def refine(
        self, slice_indices: Sequence[int], scores: Tensor, sides: tuple[Framed, Framed]
    ) -> None:
        """Puts refined ``scores`` (slice, map_row, map_col) of clot in place of the slice net's."""
        rows, cols = map(over_crop, sides)
        logits, is_clot = _arrays(to_logit(scores).half()), _arrays(scores >= _SURE)
        for place, index in enumerate(slice_indices):
            self._clot[index][rows, cols] = logits[place]
            self._vessel[index][rows, cols] |= is_clot[place]

    def within(self, sides: tuple[Framed, Framed] | None) -> Maps | None:
        """The cells over the crop, which lies in the input as ``sides`` say; None of no maps."""
        if not self._clot:
            return None
        cells = np.s_[:, :, :] if sides is None else (np.s_[:], *map(over_crop, sides))
        order = range(len(self._clot))
        clot = np.stack([self._clot[index] for index in order])[cells]
        return clot, np.stack([self._vessel[index] for index in order])[cells]


def over_crop(side: Framed) -> slice:
    """The maps' cells over the crop, along one side of the input."""
    return slice(side.cells.start * _CELLS, side.cells.stop * _CELLS)


def _arrays(maps: Tensor) -> NDArray[np.generic]:
    array: NDArray[np.generic] = maps.numpy(force=True)
    return array
