"""CustomCnn: the plain net that a ResNet is compared with on radiographs.

Of the original is known only that it was a custom CNN; this one is our choice: four 3x3
convolutions with batch norm and max pooling, the mean over the picture and a linear layer, so that
class activation maps of both nets are read in the same way (Zhou et al., CVPR 2016,
10.1109/CVPR.2016.319). Without batch norm it learns nothing from a thousand pictures.
"""

from typing import Final

from torch import Tensor, nn

from pe_models.nets.pictures.picture_net import PictureNet
from pe_models.tasks import PictureInput

_WIDTHS: Final = (32, 64, 128, 256)
_KERNEL_PX: Final = 3
_POOL_PX: Final = 2


class CustomCnn(PictureNet):
    """``width`` is a share of 32, 64, 128 and 256 channels; the grid is an eighth of the input."""

    def __init__(self, params: PictureInput, n_labels: int, width: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = params.channels
        for original in _WIDTHS:
            out = max(1, round(original * width))
            layers += [nn.MaxPool2d(_POOL_PX)] if layers else []
            layers += [
                nn.Conv2d(channels, out, _KERNEL_PX, padding="same", bias=False),
                nn.BatchNorm2d(out),
                nn.ReLU(),
            ]
            channels = out
        self.features = nn.Sequential(*layers)
        self.maps = nn.Identity()
        self.head = nn.Linear(channels, n_labels)

    def forward(self, x: Tensor) -> Tensor:
        grid = self.maps(self.features(x))  # (batch, feature, row, col)
        logits: Tensor = self.head(grid.mean(dim=(2, 3)))  # (batch, label)
        return logits
