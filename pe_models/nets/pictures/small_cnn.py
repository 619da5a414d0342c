"""SmallCnn: 3x3 convolutions with max pooling, one dense layer, one logit a label; as in Keras.

The last of CNNS is the final net of the slice-classifier study (facts in docs/tasks); the others
are plain members of the families that it names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from torch import Tensor, nn

from pe_models.nets.pictures.picture_net import PictureNet
from pe_models.tasks import PictureInput

_KERNEL_PX: Final = 3
_POOL_PX: Final = 2


@dataclass(frozen=True, slots=True)
class CnnDescription:
    """``widths`` of the convolutions, one after the other, and of the ``dense`` layer."""

    widths: tuple[int, ...]
    dense: int
    activation: type[nn.Module] = nn.ReLU

    def __post_init__(self) -> None:
        if not self.widths or min(*self.widths, self.dense) < 1:
            raise ValueError(f"a net without layers, or with empty ones: {self}")

    def scaled(self, width: float) -> "CnnDescription":
        """With that share of the channels of each layer, at least one."""
        widths = tuple(_share(each, width) for each in self.widths)
        return CnnDescription(widths, _share(self.dense, width), self.activation)


CNNS: Final[Mapping[str, CnnDescription]] = MappingProxyType(
    {
        "cnn-shallow": CnnDescription((64, 64), 64),
        "cnn-even": CnnDescription((64, 64, 64), 64),
        "cnn-increasing": CnnDescription((64, 128, 256), 64),
        "cnn-decreasing": CnnDescription((256, 128, 64), 64),
        "cnn-final": CnnDescription((512, 256, 128), 256),
    }
)
"""By the name of the net. The final one is given; widths and depth of the others are our choice."""


class SmallCnn(PictureNet):
    """Unpadded convolutions and Glorot's uniform start, as Keras has them unless told otherwise.

    Takes pictures of ``params.px`` alone: its dense layer sees every place of the last grid.
    """

    def __init__(
        self, description: CnnDescription, params: PictureInput, n_labels: int, width: float
    ) -> None:
        """Raises ValueError where the picture is too small for so many convolutions."""
        super().__init__()
        shape = description.scaled(width)
        layers: list[nn.Module] = []
        channels, px = params.channels, params.px
        for out in shape.widths:
            layers += [nn.MaxPool2d(_POOL_PX)] if layers else []
            layers += [nn.Conv2d(channels, out, _KERNEL_PX), shape.activation()]
            channels, px = out, (px - _KERNEL_PX + 1) // _POOL_PX
        if px < 1:
            raise ValueError(f"{params.px} px are too few for {len(shape.widths)} convolutions")
        self.features = nn.Sequential(*layers)
        self.maps = nn.Identity()
        self.dense = nn.Sequential(
            nn.MaxPool2d(_POOL_PX),
            nn.Flatten(),
            nn.Linear(channels * px * px, shape.dense),
            shape.activation(),
        )
        self.head = nn.Linear(shape.dense, n_labels)
        self.apply(_start_as_keras)

    def forward(self, x: Tensor) -> Tensor:
        grid = self.maps(self.features(x))  # (batch, feature, row, col)
        logits: Tensor = self.head(self.dense(grid))  # (batch, label)
        return logits


def _share(channels: int, width: float) -> int:
    return max(1, round(channels * width))


def _start_as_keras(layer: nn.Module) -> None:
    """Glorot and Bengio 2010 (AISTATS), biases 0."""
    if isinstance(layer, nn.Conv2d | nn.Linear):
        nn.init.xavier_uniform_(layer.weight)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
