"""SimpleCnn: the plain net of the hemorrhage study, two convolutions and two dense layers.

Given are conv 3 -> 16, conv 16 -> 32, two fully connected layers and six outputs at 224 px. What is
not given is our choice: 3x3 kernels that keep the size, ReLU, 2x2 max pooling after each
convolution, 128 features between the dense layers.
"""

from typing import Final

from torch import Tensor, nn

from pe_models.nets.pictures.picture_net import PictureNet
from pe_models.tasks import PictureInput

_WIDTHS: Final = (16, 32)
_DENSE: Final = 128
_KERNEL_PX: Final = 3
_POOL_PX: Final = 2


class SimpleCnn(PictureNet):
    """``width`` is a share of 16 and 32 channels and of 128 features.

    Takes pictures of ``params.px`` alone: its first dense layer sees every place of the last grid.
    """

    def __init__(self, params: PictureInput, n_labels: int, width: float) -> None:
        super().__init__()
        first, second = (max(1, round(channels * width)) for channels in _WIDTHS)
        dense = max(1, round(_DENSE * width))
        self.features = nn.Sequential(
            nn.Conv2d(params.channels, first, _KERNEL_PX, padding="same"),
            nn.ReLU(),
            nn.MaxPool2d(_POOL_PX),
            nn.Conv2d(first, second, _KERNEL_PX, padding="same"),
            nn.ReLU(),
        )
        self.maps = nn.Identity()
        grid_px = params.px // _POOL_PX // _POOL_PX
        self.dense = nn.Sequential(
            nn.MaxPool2d(_POOL_PX), nn.Flatten(), nn.Linear(second * grid_px**2, dense), nn.ReLU()
        )
        self.head = nn.Linear(dense, n_labels)

    def forward(self, x: Tensor) -> Tensor:
        grid = self.maps(self.features(x))  # (batch, feature, row, col)
        logits: Tensor = self.head(self.dense(grid))  # (batch, label)
        return logits
