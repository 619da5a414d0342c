"""TimmNet: a timm backbone, its mean over the picture, and a linear layer."""

import timm
from torch import Tensor, nn

from pe_models.nets.pictures.picture_net import PictureNet


class TimmNet(PictureNet):
    """``channels`` of input in place of the three of photographs; weights are fresh."""

    def __init__(self, backbone: str, *, channels: int, n_labels: int) -> None:
        super().__init__()
        net = timm.create_model(
            backbone, pretrained=False, in_chans=channels, num_classes=0, global_pool=""
        )
        self.backbone = net
        self.maps = nn.Identity()
        self.head = nn.Linear(int(net.num_features), n_labels)

    def forward(self, x: Tensor) -> Tensor:
        grid: Tensor = self.maps(self.backbone(x))
        logits: Tensor = self.head(grid.mean(dim=(2, 3)))
        return logits
