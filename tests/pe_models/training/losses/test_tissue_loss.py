"""The dense loss: low where the maps say what the labels say, and its targets."""

import numpy as np
import pytest
import torch
from torch import Tensor

from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.tissues import Tissue
from pe_models.training.losses.tissues import clot_shares, dense_loss, tissue_targets
from pe_models.training.store.tissue_labels import TissueLabel


def labels() -> Tensor:
    made = torch.zeros(2, 32, 32, dtype=torch.uint8)
    made[0, 4:12, 4:20] = TissueLabel.ARTERY
    made[0, 6:10, 6:14] = TissueLabel.CLOT
    made[0, 20:24, 4:20] = TissueLabel.VEIN
    made[1, 4:12, 4:12] = TissueLabel.RIGHT_VENTRICLE
    made[1, 20:25, 4:12] = TissueLabel.LEFT_VENTRICLE
    return made


def loss_of(tissues: Tensor) -> Tensor:
    shares = np.stack([clot_shares(plane) for plane in labels().numpy()])
    return dense_loss(tissues, labels(), torch.from_numpy(shares))


def test_every_clot_counts_as_one_whatever_its_size() -> None:
    plane = np.zeros((32, 32), dtype=np.uint8)
    plane[2:20, 2:12] = plane[26:28, 26:28] = TissueLabel.CLOT
    shares = clot_shares(plane)
    assert shares[:12].sum() == pytest.approx(1.0)
    assert shares[12:].sum() == pytest.approx(1.0)
    assert shares[13, 13] == 1.0
    assert clot_shares(np.zeros((32, 32), dtype=np.uint8)).sum() == 0


def test_a_small_clot_that_is_missed_costs_more_than_its_cells() -> None:
    right = 16.0 * tissue_targets(labels()) - 8.0
    missed = right.clone()
    missed[0, Tissue.CLOT, 3:5, 3:7] = -8.0  # its 8 cells of 512
    assert loss_of(missed) - loss_of(right) > 8 / 512 * 2.0 * 4.0 * 8.0


def test_one_cell_that_looks_most_like_a_clot_costs_more_than_the_mean() -> None:
    nothing, none = torch.zeros(1, 32, 32, dtype=torch.uint8), torch.zeros(1, 16, 16)
    quiet = torch.full((1, 5, 16, 16), -9.0)
    fired = quiet.clone()
    fired[0, Tissue.CLOT, 8, 8] = 6.0
    assert dense_loss(fired, nothing, none) - dense_loss(quiet, nothing, none) > 3 * 2 * 6 / 256


def test_an_artery_holds_its_clots_and_no_other_tissue_does() -> None:
    targets = tissue_targets(labels())
    assert targets.shape == (2, 5, 16, 16)
    assert targets[0, Tissue.ARTERY].sum() == 4 * 8
    assert targets[0, Tissue.CLOT].sum() == 2 * 4
    assert targets[0, Tissue.VEIN].sum() == 2 * 8
    assert targets[1, Tissue.LEFT_VENTRICLE, 12, 2] == 0.5  # one of its two rows
    assert targets[0, Tissue.RIGHT_VENTRICLE].sum() == 0


@pytest.mark.parametrize("tissue", list(Tissue))
def test_every_map_that_is_wrong_costs(tissue: Tissue) -> None:
    right = 16.0 * tissue_targets(labels()) - 8.0
    wrong = right.clone()
    wrong[:, tissue] = -wrong[:, tissue]
    assert loss_of(wrong) > loss_of(right) + 0.3
    assert loss_of(right) < 0.2


def test_a_crop_without_a_clot_costs_nothing_where_nothing_is_found() -> None:
    nothing = torch.zeros(1, 32, 32, dtype=torch.uint8)
    assert dense_loss(torch.full((1, 5, 16, 16), -9.0), nothing, torch.zeros(1, 16, 16)) < 0.01


def test_gradients_reach_every_map() -> None:
    tissues = torch.zeros(2, 5, 16, 16, requires_grad=True)
    loss_of(tissues).backward()
    assert tissues.grad is not None
    assert (tissues.grad.abs().amax(dim=(0, 2, 3)) > 0).all()


def test_a_dense_net_overfits_two_crops() -> None:
    torch.manual_seed(2)
    net = DenseSliceNet("test_efficientnet", width=16)
    x, labels = torch.rand(2, 3, 64, 64) - 1.0, torch.zeros(2, 64, 64, dtype=torch.uint8)
    labels[0, 20:36, 8:40], x[0, :, 20:36, 8:40] = TissueLabel.ARTERY, 0.9
    labels[0, 24:32, 16:28], x[0, :, 24:32, 16:28] = TissueLabel.CLOT, 0.0
    shares = torch.from_numpy(np.stack([clot_shares(plane) for plane in labels.numpy()]))
    optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3)
    losses = []
    for _ in range(80):
        optimizer.zero_grad()
        loss = dense_loss(net(x).tissues, labels, shares)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[0] > 0.8
    assert losses[-1] < 0.15
    logits = net(x).logit
    assert logits[0] > 0 > logits[1]
