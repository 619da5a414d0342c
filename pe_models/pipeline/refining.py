"""The Refiner of a bundle at work on a Volume."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from pe_models.bundle import ModelBundle, Preprocessing
from pe_models.errors import BundleError
from pe_models.findings import Crop
from pe_models.imaging.volume import Volume
from pe_models.imaging.window import Window
from pe_models.nets.kept_maps import KeptMaps
from pe_models.nets.load import Nets
from pe_models.nets.refiner import refiner_input
from pe_models.nets.refining import Refined, RefinerReader, refined
from pe_models.preprocess import CELL_PX, Framed, framed_sides, neighbour_step, plain_slices
from pe_models.progress import CancelToken

_NO_CLOT_LOGIT: Final = -10.0
"""Of cells beyond the crop."""


@dataclass(frozen=True, slots=True, eq=False)
class RefinerAtWork:
    """A Refiner in inference mode, and what it looks at."""

    reader: RefinerReader
    window: Window
    params: Preprocessing

    @classmethod
    def of(cls, nets: Nets, bundle: ModelBundle) -> Self | None:
        """None where the bundle has none. Raises BundleError where its slices have no scale."""
        architecture = bundle.architecture.refiner
        if nets.refiner is None or architecture is None:
            return None
        if bundle.preprocessing.pixel_mm is None:
            raise BundleError(f"Bundle {bundle.name}: its refiner needs slices at a fixed scale.")
        return cls(RefinerReader.of(nets.refiner), architecture.window, bundle.preprocessing)

    def over_study(
        self, volume: Volume, hu: Tensor, crop: Crop, kept: KeptMaps, cancel: CancelToken
    ) -> Iterator[Refined]:
        """What it says of every slice; ``kept`` gets its maps in place of the slice net's.

        Raises Cancelled.
        """
        sides = self.sides(volume, crop)
        tissues = kept.seen(sides)

        def seen_of(slices: Sequence[int]) -> Tensor:
            maps = torch.stack([tissues[k] for k in slices]).float()
            return refiner_input(maps, self.grey_of(volume, hu, crop, slices))

        step = self._step(volume)
        for part in refined(
            self.reader, seen_of, n_slices=volume.n_slices, step=step, cancel=cancel
        ):
            kept.refine(part.indices, part.scores, sides)
            yield part

    def around(self, volume: Volume, index: int) -> tuple[int, ...]:
        """The slices on which what it says of one slice depends."""
        far = self.reader.net.reach * self._step(volume)
        seen = range(index - far, index + far + 1, self._step(volume))
        return tuple(k for k in seen if 0 <= k < volume.n_slices)

    def framed(self, volume: Volume, crop: Crop, maps: Tensor) -> list[NDArray[np.float32]]:
        """Maps (slice, grid_row, grid_col) over ``crop`` as those over the slice net's input."""
        return list(over_input(maps, self.sides(volume, crop)).float().numpy(force=True))

    def grey_of(self, volume: Volume, hu: Tensor, crop: Crop, slices: Sequence[int]) -> Tensor:
        """What it sees of the CT: (slice, row, col) in [0, 1] over ``crop``."""
        return plain_slices(
            hu,
            slices,
            crop=crop,
            spacing_mm=volume.geometry.spacing_mm,
            params=self.params,
            window=self.window,
        )

    def sides(self, volume: Volume, crop: Crop) -> tuple[Framed, Framed]:
        """How ``crop`` lies in the slice net's input. Raises BundleError where it has no scale."""
        sides = framed_sides(crop, volume.geometry.spacing_mm, self.params)
        if sides is None:
            raise BundleError("A refiner needs slices at a fixed scale.")
        return sides

    def _step(self, volume: Volume) -> int:
        return neighbour_step(volume.geometry.spacing_mm[0], self.params.neighbour_mm)


def over_input(maps: Tensor, sides: tuple[Framed, Framed]) -> Tensor:
    """Maps (slice, grid_row, grid_col) over the crop as those over the slice net's input."""
    rows, cols = sides
    edges = [px // CELL_PX for side in (cols, rows) for px in (side.before, side.after)]
    return functional.pad(maps, edges, value=_NO_CLOT_LOGIT)
