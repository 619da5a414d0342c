"""What a slice net says of every cell of a study, beside the CT: a Refiner learns from it.

``KEY.npy`` is uint8 (slice, channel, map_row, map_col) over the study's crop: the channels of
``refiner_input``, -1 to 1 in 255 steps, and last the share of the cell that is clot.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from pe_models.errors import DatasetError
from pe_models.imaging.window import Window
from pe_models.nets.kept_maps import over_crop
from pe_models.nets.refiner import N_CHANNELS, Refiner, refiner_input
from pe_models.nets.refining import Refined, refined
from pe_models.nets.slice_description import N_REFINED
from pe_models.preprocess import framed_sides, hu_tensor, plain_slices, slice_inputs
from pe_models.training.answers.predict import SliceNetAt, batches_of
from pe_models.training.files import write_whole
from pe_models.training.store import StudyRecord
from pe_models.training.store.tissue_labels import TissueLabel

Maps = NDArray[np.uint8]
"""As in the file."""

_STEPS: Final = 255.0


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
    embeddings, channels = [], []
    for indices, output in zip(parts, at.reader.each(parts, input_of), strict=True):
        if output.tissues is None:
            raise DatasetError("A refiner needs a dense slice net; set slice_head=dense.")
        grey = plain_slices(
            hu, indices, crop=crop, spacing_mm=spacing_mm, params=params, window=window
        )
        seen = refiner_input(output.tissues[:, :, rows, cols].float(), grey)
        embeddings.append(output.embedding.cpu())
        channels.append(_coded(0.5 * (seen.transpose(0, 1) + 1.0)))
    maps = torch.cat(channels)
    return torch.cat(embeddings).numpy(), torch.cat([maps, _clot(at, study, maps)], dim=1).numpy()


def write_maps(folder: Path, study: StudyRecord, maps: Maps) -> None:
    """Whole or not at all."""
    buffer = BytesIO()
    np.save(buffer, maps, allow_pickle=False)
    write_whole(_file(folder, study), buffer.getvalue())


def has_maps(folder: Path, study: StudyRecord, *, of: Path) -> bool:
    """Whether the study's maps were written after the checkpoint ``of``."""
    path = _file(folder, study)
    return path.exists() and path.stat().st_mtime_ns > of.stat().st_mtime_ns


def read_maps(folder: Path, study: StudyRecord) -> Maps:
    """Memory-mapped. Raises DatasetError."""
    path = _file(folder, study)
    try:
        maps: Maps = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DatasetError(f"The maps {path.name} are missing or damaged: {error}") from error
    if maps.ndim != 4 or len(maps) != study.n_slices or maps.shape[1] != N_CHANNELS + 1:
        raise DatasetError(f"The maps {path.name} are of another study; run stage slice again.")
    return maps


def refiner_seen(maps: Maps) -> Tensor:
    """Maps of some slices as a Refiner sees them: (channel, slice, map_row, map_col)."""
    seen = torch.from_numpy(np.array(maps[:, :N_CHANNELS])).float()
    return (seen * (2.0 / _STEPS) - 1.0).transpose(0, 1)


def clot_shares_of(maps: Maps) -> Tensor:
    """(slice, map_row, map_col) in [0, 1]."""
    return torch.from_numpy(np.array(maps[:, N_CHANNELS])).float() / _STEPS


def refined_study(net: Refiner, maps: Maps, *, step: int) -> Iterator[Refined]:
    """What ``net`` says of every slice of a study, some at a time."""
    device = next(net.parameters()).device

    def seen(indices: Sequence[int]) -> Tensor:
        return refiner_seen(maps[list(indices)]).to(device)

    return refined(net, seen, n_slices=len(maps), step=step)


def with_refined(
    embeddings: NDArray[np.float32], net: Refiner, maps: Maps, *, step: int
) -> NDArray[np.float32]:
    """``embeddings`` (slice, embedding) with what ``net`` adds: (slice, embedding + N_REFINED)."""
    added = np.empty((len(maps), N_REFINED), dtype=np.float32)
    for part in refined_study(net, maps, step=step):
        added[list(part.indices)] = part.description.numpy(force=True)
    return np.concatenate([embeddings, added], axis=1)


def _clot(at: SliceNetAt, study: StudyRecord, maps: Tensor) -> Tensor:
    """The share of each cell that is clot, coded: (slice, 1, map_row, map_col); 0 where unknown."""
    n_slices, _, *size = maps.shape
    if not study.has_labels:
        return maps.new_zeros((n_slices, 1, *size))
    crop = at.crops[study.key]
    within = np.s_[:, crop.row_min : crop.row_max, crop.col_min : crop.col_max]
    is_clot = torch.from_numpy(at.store.labels(study)[within] == TissueLabel.CLOT)
    return torch.cat(
        [
            _coded(
                functional.interpolate(
                    one[None, None].float(), size, mode="bilinear", antialias=True
                )
            )
            for one in is_clot
        ]
    )


def _coded(values: Tensor) -> Tensor:
    """From [0, 1], on the CPU."""
    return (values.clamp(0.0, 1.0) * _STEPS).round().to(torch.uint8).cpu()


def _file(folder: Path, study: StudyRecord) -> Path:
    return folder / f"{study.key}.npy"
