"""What a slice net says of every cell of a study, and what a Refiner makes of it."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from pe_models.bundle import Preprocessing
from pe_models.errors import DatasetError
from pe_models.imaging.window import Window
from pe_models.nets.kept_maps import over_crop
from pe_models.nets.refiner import refiner_input
from pe_models.nets.refining import Refined, RefinerReader, refined
from pe_models.nets.slice_description import N_REFINED
from pe_models.preprocess import (
    framed_sides,
    hu_tensor,
    neighbour_step,
    plain_slices,
    slice_inputs,
)
from pe_models.training.answers.predict import SliceNetAt, batches_of
from pe_models.training.store import StudyRecord
from pe_models.training.store.maps import Maps, coded_maps, refiner_seen
from pe_models.training.store.tissue_labels import TissueLabel


@torch.inference_mode()
def describe_study(
    at: SliceNetAt, study: StudyRecord, window: Window
) -> tuple[NDArray[np.float32], Maps]:
    """Embeddings (slice, embedding) of every slice, and what a Refiner sees in ``window``.

    Raises DatasetError where slices have no fixed scale or the arrays of the store are damaged.
    """
    crop, params, spacing_mm = at.crops[study.key], at.params, study.spacing_mm
    sides = framed_sides(crop, spacing_mm, params)
    if sides is None:
        raise DatasetError("A refiner needs a fixed scale; set preprocessing.pixel_mm.")
    rows, cols = map(over_crop, sides)
    hu = hu_tensor(np.array(at.store.hu(study))).to(at.device)

    def input_of(indices: list[int]) -> Tensor:
        x = slice_inputs(hu, indices, crop=crop, spacing_mm=spacing_mm, params=params)
        return x.contiguous(memory_format=torch.channels_last)

    parts = list(batches_of(study.n_slices, at.device))
    embeddings, maps = [], []
    clot = _clot_shares(at, study, (rows.stop - rows.start, cols.stop - cols.start))
    for indices, output in zip(parts, at.reader.each(parts, input_of), strict=True):
        if output.tissues is None:
            raise DatasetError("A refiner needs a dense slice net; set slice_head=dense.")
        grey = plain_slices(
            hu, indices, crop=crop, spacing_mm=spacing_mm, params=params, window=window
        )
        seen = refiner_input(output.tissues[:, :, rows, cols].float(), grey)
        embeddings.append(output.embedding.cpu())
        maps.append(coded_maps(seen, clot[indices]))
    return torch.cat(embeddings).numpy(), np.concatenate(maps)


def refined_study(
    reader: RefinerReader, study: StudyRecord, maps: Maps, params: Preprocessing
) -> Iterator[Refined]:
    """What ``reader`` says of every slice of a study, some at a time."""
    device = next(reader.net.parameters()).device
    step = neighbour_step(study.spacing_mm[0], params.neighbour_mm)

    def seen(indices: Sequence[int]) -> Tensor:
        return refiner_seen(maps[list(indices)]).to(device)

    return refined(reader, seen, n_slices=len(maps), step=step)


def with_refined(
    embeddings: NDArray[np.float32],
    reader: RefinerReader,
    study: StudyRecord,
    maps: Maps,
    params: Preprocessing,
) -> NDArray[np.float32]:
    """Of each slice ``embeddings`` and what ``reader`` adds: (slice, embedding + N_REFINED)."""
    added = np.empty((len(maps), N_REFINED), dtype=np.float32)
    for part in refined_study(reader, study, maps, params):
        added[list(part.indices)] = part.description.numpy(force=True)
    return np.concatenate([embeddings, added], axis=1)


def _clot_shares(at: SliceNetAt, study: StudyRecord, size: tuple[int, int]) -> Tensor:
    """The share of each cell that is clot: (slice, map_row, map_col); 0 where nobody knows."""
    if not study.has_labels:
        return torch.zeros(study.n_slices, *size)
    crop = at.crops[study.key]
    within = np.s_[:, crop.row_min : crop.row_max, crop.col_min : crop.col_max]
    is_clot = torch.from_numpy(at.store.labels(study)[within] == TissueLabel.CLOT)
    shares = [
        functional.interpolate(one[None, None].float(), size, mode="bilinear", antialias=True)[0, 0]
        for one in is_clot
    ]
    return torch.stack(shares)
