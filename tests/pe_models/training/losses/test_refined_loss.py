"""The Refiner's loss: lowest where it is right, whatever it says of traces of a clot."""

import torch
from torch import Tensor

from pe_models.training.losses.refined import refined_loss


def shares() -> Tensor:
    """Two blocks of 4 slices; the first holds a clot on two of them, and a trace on a third."""
    clot = torch.zeros(2, 4, 12, 12)
    clot[0, 1:3, 4:7, 5:8] = 1.0
    clot[0, 3, 5, 6] = 0.2
    return clot


def logits_of(clot: Tensor) -> Tensor:
    return torch.where(clot > 0.5, 8.0, -8.0)


def test_it_is_lowest_where_the_net_is_right_and_sure() -> None:
    right = logits_of(shares())
    best = float(refined_loss(right, shares()))
    unsure = float(refined_loss(0.2 * right, shares()))
    wrong = float(refined_loss(-right, shares()))
    assert best < unsure < wrong
    assert best < 0.05


def test_a_false_clot_and_a_missed_one_cost() -> None:
    right = logits_of(shares())
    best = float(refined_loss(right, shares()))
    false = right.clone()
    false[1, 2, 8:10, 2:4] = 8.0
    missed = right.clone()
    missed[0, 1] = -8.0
    assert float(refined_loss(false, shares())) > best + 0.1
    assert float(refined_loss(missed, shares())) > best + 0.1


def test_a_trace_of_a_clot_says_nothing() -> None:
    right = logits_of(shares())
    marked = right.clone()
    marked[0, 3, 5, 6] = 8.0
    torch.testing.assert_close(refined_loss(marked, shares()), refined_loss(right, shares()))


def test_blocks_without_any_clot_have_a_loss_and_a_gradient() -> None:
    logits = torch.zeros(1, 4, 12, 12, requires_grad=True)
    loss = refined_loss(logits, torch.zeros(1, 4, 12, 12))
    loss.backward()
    assert bool(torch.isfinite(loss))
    assert logits.grad is not None
    assert bool((logits.grad > 0).any())
    assert bool(torch.isfinite(logits.grad).all())
