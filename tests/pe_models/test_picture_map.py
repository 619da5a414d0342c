"""Class activation of a picture net: exact where the net ends in a mean and a linear layer."""

import pytest
import torch
from torch import Tensor, nn

from pe_models.explain import picture_map
from pe_models.explain.pictures import cell_activation
from pe_models.nets.pictures import OWN_NETS, PictureNet, TimmNet
from pe_models.tasks import PictureInput
from tests.pe_models.nets.averaging import averaging, middle_px

PX = 320


class _Spotter(PictureNet):
    """Passes its input on: its logit is the sum of the picture, less one."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.maps(x).sum(dim=(2, 3)) - 1.0


def test_the_map_of_a_pooled_net_explains_its_logit_but_for_the_bias() -> None:
    torch.manual_seed(4)
    net = TimmNet("test_resnet", channels=1, n_labels=3).eval()
    x = torch.randn(1, 1, 64, 64)
    values, _places = cell_activation(net, x, 2)
    expected = (net(x)[0, 2] - net.head.bias[2]).item()
    assert values.ndim == 2
    assert values.mean() == pytest.approx(expected, rel=1e-4)


def test_the_map_is_hot_where_the_picture_raises_the_score_and_cold_where_it_lowers_it() -> None:
    x = torch.zeros(1, 1, 8, 8)
    x[0, 0, 2, 5], x[0, 0, 6, 1] = 3.0, -2.0
    values = picture_map(_Spotter(), x, 0)
    assert values[2, 5] > 0 > values[6, 1]
    assert (values != 0).sum() == 2


@pytest.mark.parametrize("name", ["efficientnet_lite0", "resnet18", "custom-cnn", "simple-cnn"])
@pytest.mark.parametrize("at", [(160, 128), (144, 176)])
def test_the_map_of_a_spot_lies_on_the_spot(name: str, at: tuple[int, int]) -> None:
    torch.manual_seed(4)
    net = net_of_means(name)
    x = torch.zeros(1, 1, PX, PX)
    x[..., at[0] - 2 : at[0] + 3, at[1] - 2 : at[1] + 3] = 0.1
    assert middle_px(picture_map(net, x, 0), (PX, PX)) == pytest.approx(at, abs=4.0)


def net_of_means(name: str) -> PictureNet:
    """A net whose map is what it sees, blurred."""
    net: PictureNet
    if name in OWN_NETS:
        net = OWN_NETS[name](PictureInput(PX, channels=1), 1, 0.05)
    else:
        net = TimmNet(name, channels=1, n_labels=1)
    averaging(net)
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            nn.init.ones_(layer.weight)
    return net.eval()


def test_the_map_leaves_the_net_as_it_was() -> None:
    net = TimmNet("test_resnet", channels=1, n_labels=1).eval()
    picture_map(net, torch.randn(1, 1, 64, 64), 0)
    assert all(parameter.grad is None for parameter in net.parameters())
    assert not net.maps._forward_hooks
