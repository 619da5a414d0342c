"""OneSlice: a slice of a study as the nets read it, which may be changed and read again."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from pe_models.bundle import Preprocessing
from pe_models.explain import maps_over_input
from pe_models.findings import Crop
from pe_models.imaging.volume import Volume
from pe_models.nets.inference import SliceReader
from pe_models.nets.kept_maps import over_crop
from pe_models.nets.refiner import refiner_input
from pe_models.nets.refining import RefinerReader
from pe_models.nets.tissues import clot_grid, evidence_logit, smoothed_scores
from pe_models.pipeline.refining import RefinerAtWork, over_input
from pe_models.preprocess import Framed, slice_inputs


class ReadAgain(NamedTuple):
    """``logit`` (batch,) that a slice holds a clot, and the ``maps`` (batch, grid_row, grid_col)
    that are shown, over its whole input. The sequence net has no part in them.
    """

    logit: NDArray[np.float32]
    maps: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class OneSlice:
    """``x`` (1, channel, row, col) is all that the nets see of it; other slices stay as they are.

    That is the slice net's input, and last, where a Refiner goes over its maps, the grey in [0, 1]
    that this sees, in the same frame.
    """

    x: Tensor
    reader: SliceReader
    around: "Around | None" = None

    @property
    def grey_width_hu(self) -> float | None:
        """What 0 to 1 of the Refiner's grey stand for; None where there is none."""
        return None if self.around is None else self.around.width_hu

    def read(self, x: Tensor) -> ReadAgain:
        """``x`` (batch, channel, row, col) in place of the slice's own."""
        planes = (
            x if self.around is None else x[:, :-1].contiguous(memory_format=torch.channels_last)
        )
        output = self.reader(planes)
        if self.around is not None and output.tissues is not None:
            return self.around.read(output.tissues, x[:, -1])
        maps = np.stack(maps_over_input(self.reader.net, output.activation, planes))
        return ReadAgain(output.logit.float().numpy(force=True), maps)


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """A Refiner, and what it ``seen`` (channel, slice, map_row, map_col) of a slice, which lies at
    ``place``, and of those around it.
    """

    reader: RefinerReader
    seen: Tensor
    place: int
    sides: tuple[Framed, Framed]
    width_hu: float

    def read(self, tissues: Tensor, grey: Tensor) -> ReadAgain:
        """``tissues`` (batch, tissue, map_row, map_col) and ``grey`` (batch, row, col) of the slice
        over its whole input.
        """
        rows, cols = self.sides
        within = tissues[:, :, over_crop(rows), over_crop(cols)].half().float()  # as they are kept
        own = refiner_input(within, grey[:, rows.pixels, cols.pixels])
        clot = torch.cat([self._logits(own[:, k]) for k in range(own.shape[1])])
        scores = smoothed_scores(clot)
        maps = over_input(clot_grid(scores), self.sides)
        return ReadAgain(
            evidence_logit(scores).float().numpy(force=True), maps.float().numpy(force=True)
        )

    def _logits(self, own: Tensor) -> Tensor:
        """Clot logits (1, map_row, map_col) with ``own`` (channel, map_row, map_col) in place."""
        seen = self.seen.clone()
        seen[:, self.place] = own
        return self.reader(seen)[self.place][None]


@dataclass(frozen=True, slots=True, eq=False)
class OneSliceReader:
    """What reads single slices: the slice net, and the Refiner where there is one."""

    reader: SliceReader
    refiner: RefinerAtWork | None
    params: Preprocessing

    def of(self, volume: Volume, hu: Tensor, crop: Crop, index: int) -> OneSlice:
        """The slice ``index`` of a Volume whose slices lie as the nets know them.

        ``hu`` (slice, row, col) are its voxels on the device of the nets.
        """

        def planes_of(k: int) -> Tensor:
            spacing_mm = volume.geometry.spacing_mm
            x = slice_inputs(hu, (k,), crop=crop, spacing_mm=spacing_mm, params=self.params)
            return x.contiguous(memory_format=torch.channels_last)

        if self.refiner is None:
            return OneSlice(planes_of(index), self.reader)
        slices, sides = self.refiner.around(volume, index), self.refiner.sides(volume, crop)
        place = slices.index(index)
        outputs = self.reader.each(slices, planes_of)
        rows, cols = map(over_crop, sides)
        tissues = [o.tissues[:, :, rows, cols] for o in outputs if o.tissues is not None]
        grey = self.refiner.grey_of(volume, hu, crop, slices)
        seen = refiner_input(torch.cat(tissues).half().float(), grey)
        edges = [px for side in reversed(sides) for px in (side.before, side.after)]
        around = Around(self.refiner.reader, seen, place, sides, self.refiner.window.width_hu)
        x = torch.cat([planes_of(index), functional.pad(grey[place], edges)[None, None]], dim=1)
        return OneSlice(x, self.reader, around)
