"""The custom CNN: one channel in, maps at an eighth, and a score that is the mean of its map."""

import pytest
import torch

from pe_models.bundle.pictures import PictureArchitecture
from pe_models.nets.pictures import build_picture_net
from pe_models.nets.pictures.custom_cnn import CustomCnn
from pe_models.tasks import PNEUMONIA


@pytest.mark.parametrize(("width", "channels"), [(1.0, 256), (0.25, 64)])
def test_its_maps_have_an_eighth_of_the_side_and_its_share_of_channels(
    width: float, channels: int
) -> None:
    net = build_picture_net(PictureArchitecture("custom-cnn", width), PNEUMONIA.picture, n_labels=1)
    assert isinstance(net, CustomCnn)
    seen = []
    net.maps.register_forward_hook(lambda _layer, _args, out: seen.append(out.shape))
    assert net(torch.zeros(2, 1, 64, 64)).shape == (2, 1)
    assert seen == [(2, channels, 8, 8)]


def test_the_logit_is_the_mean_over_its_class_activation_map() -> None:
    torch.manual_seed(1)
    net = CustomCnn(PNEUMONIA.picture, 1, 0.25).eval()
    x = torch.randn(1, 1, 48, 40)
    grids = []
    net.maps.register_forward_hook(lambda _layer, _args, out: grids.append(out))
    logit = net(x)
    activation = torch.einsum("bfrc,lf->blrc", grids[0], net.head.weight)
    expected = activation.mean(dim=(2, 3)) + net.head.bias
    assert torch.allclose(logit, expected, atol=1e-5)


def test_resnet18_takes_one_channel() -> None:
    net = build_picture_net(PictureArchitecture("resnet18"), PNEUMONIA.picture, n_labels=1)
    assert net.backbone.conv1.in_channels == 1
    assert net(torch.zeros(2, 1, 64, 64)).shape == (2, 1)
