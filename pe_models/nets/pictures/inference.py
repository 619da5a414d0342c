"""What a picture net says of pictures: logits, batch by batch."""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from pe_models.pictures import as_input
from pe_models.tasks import PictureInput

_BATCH: Final = 32


def picture_logits(
    net: nn.Module, small: NDArray[np.int16], params: PictureInput, device: torch.device
) -> NDArray[np.float32]:
    """(picture, label) of shrunk pictures (picture, row, col); ``net`` is out of training mode."""
    found = []
    with torch.inference_mode():
        for first in range(0, len(small), _BATCH):
            part = torch.from_numpy(np.array(small[first : first + _BATCH])).to(device)
            x = as_input(part, params).contiguous(memory_format=torch.channels_last)
            found.append(net(x).float().cpu())
    logits: NDArray[np.float32] = torch.cat(found).numpy()
    return logits


def picture_scores(
    net: nn.Module, small: NDArray[np.int16], params: PictureInput, device: torch.device
) -> NDArray[np.float32]:
    """As ``picture_logits``, in [0, 1]."""
    scores: NDArray[np.float32] = torch.sigmoid(
        torch.from_numpy(picture_logits(net, small, params, device))
    ).numpy()
    return scores
