"""Where the cells of a grid lie, against where gradients say that they look."""

import pytest
import timm
import torch
from torch import nn

from pe_models.nets.cells import CellLine, CellPlaces, traced_cells
from pe_models.nets.pictures import OWN_NETS
from pe_models.tasks import PictureInput
from tests.pe_models.nets.averaging import averaging, looked_at

BACKBONES = ("efficientnet_lite0", "tf_efficientnet_lite0", "resnet18", "test_efficientnet")


@pytest.mark.parametrize("name", BACKBONES)
def test_cells_of_a_backbone_lie_where_its_gradients_do(name: str) -> None:
    torch.manual_seed(3)
    net = timm.create_model(name, num_classes=0, global_pool="").eval()
    assert line_of(net, 3, 512) == pytest.approx(measured_line(net, 3, 512), abs=1.0)


@pytest.mark.parametrize("name", ["custom-cnn", "simple-cnn", "cnn-final"])
def test_cells_of_our_own_nets_lie_where_their_gradients_do(name: str) -> None:
    torch.manual_seed(3)
    net = OWN_NETS[name](PictureInput(64, channels=1), 1, 0.05).eval()
    assert line_of(net.features, 1, 64) == pytest.approx(
        measured_line(net.features, 1, 64), abs=0.01
    )


def test_padding_of_unequal_sides_is_taken_as_it_is() -> None:
    net = nn.Conv2d(1, 1, (5, 3), stride=(2, 1), padding=(0, 1), dilation=(2, 1))
    with traced_cells(net) as places:
        net(torch.zeros(1, 1, 21, 9))
    assert places[7, 9] == CellPlaces(CellLine(4.0, 2.0), CellLine(0.0, 1.0))


def test_tracing_leaves_no_hooks() -> None:
    net = nn.Sequential(nn.Conv2d(1, 1, 3), nn.MaxPool2d(2))
    with traced_cells(net):
        pass
    assert not any(layer._forward_hooks for layer in net.modules())


def line_of(net: nn.Module, channels: int, px: int) -> float:
    """Where the middle cell lies, by arithmetic."""
    with torch.no_grad(), traced_cells(net) as places:
        grid = net(torch.zeros(1, channels, px, px))
    line = places[grid.shape[2], grid.shape[3]].cols
    return line.first_px + grid.shape[3] // 2 * line.step_px


def measured_line(net: nn.Module, channels: int, px: int) -> float:
    averaging(net)
    return looked_at(net, channels, px)[1]
