"""What a voxel of a training study is, where that is known: one uint8 a voxel."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from pe_models.phantom.chambers import Chamber
from pe_models.phantom.sampler import ARTERY, VEIN


class TissueLabel(IntEnum):
    """Values of a label array ``[slice, row, col]``; 0 is anything else."""

    ARTERY = 1
    """Without its clots."""
    VEIN = 2
    CLOT = 3
    RIGHT_VENTRICLE = 4
    LEFT_VENTRICLE = 5


def tissue_labels(
    clot: NDArray[np.uint8], vessel: NDArray[np.uint8], chamber: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """The label array of a phantom's masks; the later hides the earlier: chamber, vessel, clot."""
    labels = np.zeros(clot.shape, dtype=np.uint8)
    labels[chamber == Chamber.RIGHT_VENTRICLE] = TissueLabel.RIGHT_VENTRICLE
    labels[chamber == Chamber.LEFT_VENTRICLE] = TissueLabel.LEFT_VENTRICLE
    labels[vessel == ARTERY] = TissueLabel.ARTERY
    labels[vessel == VEIN] = TissueLabel.VEIN
    labels[clot > 0] = TissueLabel.CLOT
    return labels
