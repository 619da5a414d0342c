"""Mistakes: where in training studies a slice net sees a clot and there is none, to go there again.

A crop anywhere in the body comes back to the same place once in ten thousand steps; what a net
takes for a clot is rare, and is learnt where it is shown often (Shrivastava et al., CVPR 2016,
arXiv 1604.03540).
"""

from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pe_models.bundle import Preprocessing
from pe_models.calibration import sigmoid
from pe_models.errors import DatasetError
from pe_models.findings import Crop
from pe_models.nets.inference import SliceReader
from pe_models.placing.peaks import NEAR_CLOT_MM, highest_peaks
from pe_models.preprocess import framed_sides, hu_tensor, slice_inputs
from pe_models.training.files import write_whole
from pe_models.training.store import Store, StudyRecord
from pe_models.training.store.places import Places
from pe_models.training.store.tissue_labels import TissueLabel

_STEP: Final = 3
"""Every third slice is looked at: what is taken for a clot mostly lies on several."""
_BATCH: Final = 8
_LEAST_SCORE: Final = 0.05
_APART_MM: Final = 10.0
_MOST: Final = 24
"""Of one study."""


def find_mistakes(
    reader: SliceReader, store: Store, study: StudyRecord, params: Preprocessing
) -> Places:
    """The highest peaks of the clot map outside clots: (place, 3: slice, row, col) of the array.

    The net of ``reader`` is dense; ``params`` fix the scale. Raises DatasetError where the arrays
    of the store are damaged.
    """
    hu = np.array(store.hu(study))
    _, rows, cols = hu.shape
    crop = Crop(0, rows, 0, cols)
    sides = framed_sides(crop, study.spacing_mm, params)
    if sides is None:
        raise DatasetError("Mistakes are found at a fixed scale; set preprocessing.pixel_mm.")
    chosen = list(range(0, len(hu), _STEP))
    on_device = hu_tensor(hu).to(next(reader.net.parameters()).device)

    def input_of(first: int) -> Tensor:
        part = chosen[first : first + _BATCH]
        x = slice_inputs(on_device, part, crop=crop, spacing_mm=study.spacing_mm, params=params)
        return x.contiguous(memory_format=torch.channels_last)

    outputs = reader.each(range(0, len(chosen), _BATCH), input_of)
    grids = [output.activation.float().numpy(force=True) for output in outputs]
    scores = sigmoid(np.concatenate(grids)[:, sides[0].cells, sides[1].cells])
    cell_px = (rows / scores.shape[1], cols / scores.shape[2])
    slice_mm, row_mm, col_mm = study.spacing_mm
    step_mm = (_STEP * slice_mm, cell_px[0] * row_mm, cell_px[1] * col_mm)
    peaks = highest_peaks(scores, step_mm, apart_mm=_APART_MM, least=_LEAST_SCORE, most=2 * _MOST)
    places = [
        (_STEP * k, int((row + 0.5) * cell_px[0]), int((col + 0.5) * cell_px[1]))
        for k, row, col in peaks
    ]
    labels = store.labels(study)
    apart = [place for place in places if not _is_near_clot(labels, place, study.spacing_mm)]
    return np.array(apart[:_MOST], dtype=np.int64).reshape(-1, 3)


def write_mistakes(folder: Path, study: StudyRecord, places: Places) -> None:
    """Whole or not at all."""
    buffer = BytesIO()
    np.save(buffer, places.astype(np.int16), allow_pickle=False)
    write_whole(mistakes_file(folder, study), buffer.getvalue())


def read_mistakes(folder: Path, study: StudyRecord) -> Places:
    """(place, 3: slice, row, col). Raises DatasetError."""
    path = mistakes_file(folder, study)
    try:
        stored: NDArray[np.int16] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DatasetError(f"The mistakes {path.name} are missing or damaged: {error}") from error
    return stored.astype(np.int64)


def mistakes_file(folder: Path, study: StudyRecord) -> Path:
    return folder / f"{study.key}.npy"


def _is_near_clot(
    labels: NDArray[np.uint8], place: tuple[int, int, int], spacing_mm: tuple[float, float, float]
) -> bool:
    """Whether the box of 5 mm to each side holds a clot, one slice to each side at least."""
    reach = [max(1, round(NEAR_CLOT_MM / mm)) for mm in spacing_mm]
    box = tuple(slice(max(0, at - far), at + far + 1) for at, far in zip(place, reach, strict=True))
    return bool((labels[box] == TissueLabel.CLOT).any())
