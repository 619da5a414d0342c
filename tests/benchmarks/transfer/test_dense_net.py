"""DenseNet and its training: shapes, a map that points, two samples learned by heart."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from benchmarks.transfer.dense_net import (
    STRIDE,
    DenseNet,
    DenseOutput,
    clot_map,
    imagenet_dense_net,
    window_inputs,
)
from benchmarks.transfer.phantom_cache import BLOOD, CLOT
from benchmarks.transfer.train_small import WEIGHTS_FILE, dense_loss, save, split


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def test_every_map_has_a_cell_for_two_pixels_each_way() -> None:
    with torch.inference_mode():
        output = DenseNet().eval()(torch.zeros(2, 3, 64, 96))
    for logits in output:
        assert logits.shape == (2, 64 // STRIDE, 96 // STRIDE)


def test_the_imagenet_start_fills_the_whole_backbone() -> None:
    plain, started = DenseNet(), imagenet_dense_net()
    for name, weight in started.backbone.named_parameters():
        if weight.ndim > 1:
            assert not torch.equal(weight, plain.backbone.get_parameter(name)), name


def test_a_clot_outside_arteries_does_not_count() -> None:
    sure, never = torch.full((1, 9, 9), 8.0), torch.full((1, 9, 9), -20.0)
    assert clot_map(DenseOutput(sure, sure, never))[0, 4, 4] > 0.99
    assert clot_map(DenseOutput(sure, never, sure))[0, 4, 4] < 0.01


def test_the_window_ends_at_minus_one_and_one() -> None:
    x = window_inputs(torch.tensor([-1000.0, -250.0, 100.0, 450.0, 3000.0]).reshape(1, 1, 1, 5))
    assert x.flatten().tolist() == pytest.approx([-1.0, -1.0, 0.0, 1.0, 1.0])


def test_two_samples_are_learned_by_heart() -> None:
    labels = torch.zeros(2, 64, 64, dtype=torch.uint8)
    labels[:, 10:40, 10:40] = BLOOD
    labels[1, 20:30, 20:30] = CLOT
    hu = torch.where(labels == BLOOD, 400.0, torch.where(labels == CLOT, 50.0, -850.0))
    x = window_inputs(hu[:, None].expand(-1, 3, -1, -1))
    net = imagenet_dense_net().train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
    for _ in range(40):
        optimizer.zero_grad()
        torch.autograd.backward(dense_loss(net(x), labels))
        optimizer.step()
    maps = clot_map(net(x))
    assert maps[1].max() > 3 * maps[0].max()
    assert maps[1, 12, 12] > 0.5


def test_saved_weights_give_the_same_map(tmp_path: Path) -> None:
    net = DenseNet().to(memory_format=torch.channels_last).eval()
    save(tmp_path, net, {"steps": 1})
    other = DenseNet().eval()
    other.load_state_dict(load_file(tmp_path / WEIGHTS_FILE))
    x = torch.randn(1, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(net(x).clot, other(x).clot)


def test_a_tenth_of_the_phantoms_is_held_out() -> None:
    paths = [Path(f"{seed:06d}.npz") for seed in range(40)]
    train, held_out = split(paths)
    assert len(held_out) == 4
    assert not set(train) & set(held_out)
    assert len(train) + len(held_out) == 40
