"""SimpleCnn: the two convolutions and two dense layers that the hemorrhage study describes."""

import pytest
import torch
from torch import nn

from pe_models.bundle.pictures import PictureArchitecture
from pe_models.nets.pictures import build_picture_net
from pe_models.nets.pictures.simple_cnn import SimpleCnn
from pe_models.tasks import HEMORRHAGE


def _layers(net: nn.Module, kind: type[nn.Module]) -> list[nn.Module]:
    return [layer for layer in net.modules() if isinstance(layer, kind)]


def test_it_is_as_described_at_224_px() -> None:
    net = build_picture_net(PictureArchitecture("simple-cnn"), HEMORRHAGE.picture, n_labels=6)
    assert isinstance(net, SimpleCnn)
    shapes = [(layer.in_channels, layer.out_channels) for layer in _layers(net, nn.Conv2d)]
    assert shapes == [(3, 16), (16, 32)]
    first, last = _layers(net, nn.Linear)
    assert first.in_features == 32 * 56 * 56  # two poolings of 224 px
    assert last.out_features == 6
    assert net(torch.zeros(1, 3, 224, 224)).shape == (1, 6)


@pytest.mark.parametrize(("width", "channels"), [(1.0, 32), (0.25, 8)])
def test_a_share_of_its_width_takes_smaller_pictures(width: float, channels: int) -> None:
    net = SimpleCnn(HEMORRHAGE.picture.of(33), 6, width)
    seen = []
    net.maps.register_forward_hook(lambda _layer, _args, out: seen.append(out.shape))
    assert net(torch.zeros(2, 3, 33, 33)).shape == (2, 6)
    assert seen == [(2, channels, 16, 16)]
