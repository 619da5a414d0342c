"""The small CNNs of the study: their layers, their sizes, and what they refuse."""

import pytest
import torch
from torch import nn

from pe_models.bundle.pictures import PictureArchitecture
from pe_models.nets.pictures import OWN_NETS, PictureNet, build_picture_net
from pe_models.nets.pictures.small_cnn import CNNS, CnnDescription
from pe_models.tasks import PE


def _net(name: str, px: int, width: float = 1.0) -> PictureNet:
    return build_picture_net(PictureArchitecture(name, width), PE.picture.of(px), n_labels=1)


def test_the_final_net_is_the_one_of_the_originals() -> None:
    net = _net("cnn-final", 256)
    convolutions = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d)]
    assert [c.out_channels for c in convolutions] == [512, 256, 128]
    assert {c.kernel_size for c in convolutions} == {(3, 3)}
    assert convolutions[0].in_channels == 3
    assert sum(isinstance(layer, nn.MaxPool2d) for layer in net.modules()) == 3
    dense, head = (layer for layer in net.modules() if isinstance(layer, nn.Linear))
    # 256 px, three times unpadded 3x3 and halved: 30 px.
    assert (dense.in_features, dense.out_features) == (128 * 30 * 30, 256)
    assert (head.in_features, head.out_features) == (256, 1)


@pytest.mark.parametrize("name", CNNS)
def test_each_net_gives_a_logit_a_label_and_maps_that_are_read_before_them(name: str) -> None:
    net = _net(name, 32, 1 / 8).eval()
    seen = []
    net.maps.register_forward_hook(lambda _layer, _args, out: seen.append(out.shape))
    assert net(torch.zeros(2, 3, 32, 32)).shape == (2, 1)
    assert seen[0][:2] == (2, CNNS[name].widths[-1] // 8)
    assert seen[0][2] > 1


def test_a_share_of_the_widths_leaves_at_least_one_channel() -> None:
    description = CnnDescription((64, 4), 8)
    assert description.scaled(1 / 8) == CnnDescription((8, 1), 1)
    assert description.scaled(1.0) == description


def test_a_picture_too_small_for_the_convolutions_is_refused() -> None:
    with pytest.raises(ValueError, match="16 px are too few for 3"):
        _net("cnn-final", 16)


@pytest.mark.parametrize("widths", [(), (8, 0)])
def test_a_net_without_channels_cannot_be_described(widths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="layers"):
        CnnDescription(widths, 8)


def test_weights_begin_within_glorots_bounds_and_biases_at_zero() -> None:
    first = next(m for m in _net("cnn-even", 32).modules() if isinstance(m, nn.Conv2d))
    bound = (6 / (9 * (3 + 64))) ** 0.5
    assert 0.9 * bound < float(first.weight.detach().abs().max()) <= bound
    assert not first.bias.detach().any()


def test_every_small_cnn_has_a_name_of_its_own() -> None:
    assert set(CNNS) <= set(OWN_NETS)
