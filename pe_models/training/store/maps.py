"""What a slice net says of every cell of a study, beside the CT: what a Refiner learns from.

``KEY.npy`` is uint8 (slice, channel, map_row, map_col) over the study's crop: the channels of
``refiner_input``, -1 to 1 in 255 steps, and last the share of the cell that is clot.
"""

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pe_models.errors import DatasetError
from pe_models.nets.refiner import N_CHANNELS
from pe_models.training.files import write_whole
from pe_models.training.store.records import StudyRecord

Maps = NDArray[np.uint8]
"""As in the file."""

_STEPS: Final = 255.0
_MOST_OPEN: Final = 64
"""Each is an open file, of which Linux grants a process 1,024 by default, and macOS 256."""


def coded_maps(seen: Tensor, clot: Tensor) -> Maps:
    """``seen`` (channel, slice, map_row, map_col) as ``refiner_input`` gives it, and the shares of
    ``clot`` (slice, map_row, map_col) in [0, 1].
    """
    return torch.cat(
        [_coded(0.5 * (seen.transpose(0, 1) + 1.0)), _coded(clot)[:, None]], dim=1
    ).numpy()


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
    """Memory-mapped. Raises DatasetError where they are missing, damaged or of another study."""
    path = _file(folder, study)
    try:
        maps: Maps = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DatasetError(
            f"The maps {path.name} are missing or damaged ({error}); run stage slice again."
        ) from error
    is_of_study = maps.ndim == 4 and maps.shape[:2] == (study.n_slices, N_CHANNELS + 1)
    if not is_of_study or maps.dtype != np.uint8:
        raise DatasetError(f"The maps {path.name} are of another study; run stage slice again.")
    return maps


class StudyMaps(Sequence[Maps]):
    """The maps of studies, in their order, of which few files are open at a time.

    Safe to be asked by threads: what one of them holds stays open until it lets go.
    """

    def __init__(
        self, folder: Path, studies: Sequence[StudyRecord], *, most_open: int = _MOST_OPEN
    ) -> None:
        """Raises DatasetError as ``read_maps`` does, of any study."""
        self.studies = tuple(studies)
        self._read = lru_cache(most_open)(lambda study: read_maps(folder, self.studies[study]))
        for study in range(len(self.studies)):
            self._read(study)

    def __len__(self) -> int:
        return len(self.studies)

    def __getitem__(self, study: int) -> Maps:  # type: ignore[override]  # slices are not asked for
        return self._read(study)


def refiner_seen(maps: Maps) -> Tensor:
    """Maps of some slices as a Refiner sees them: (channel, slice, map_row, map_col)."""
    seen = torch.from_numpy(np.array(maps[:, :N_CHANNELS])).float()
    return (seen * (2.0 / _STEPS) - 1.0).transpose(0, 1)


def clot_shares_of(maps: Maps) -> Tensor:
    """(slice, map_row, map_col) in [0, 1]."""
    return torch.from_numpy(np.array(maps[:, N_CHANNELS])).float() / _STEPS


def _coded(values: Tensor) -> Tensor:
    """From [0, 1], on the CPU."""
    return (values.clamp(0.0, 1.0) * _STEPS).round().to(torch.uint8).cpu()


def _file(folder: Path, study: StudyRecord) -> Path:
    return folder / f"{study.key}.npy"
