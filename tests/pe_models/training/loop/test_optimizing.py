"""The rate of each step, and of a backbone."""

import pytest
import torch
from torch import nn

from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.training.config import Method, Schedule, StageConfig
from pe_models.training.loop.optimizing import make_optimizer, rate_at


@pytest.mark.parametrize(
    ("schedule", "step", "share"),
    [
        # The winner's: 20 epochs at 4e-4, 10 at 4e-5, 5 at 8e-6, of 35.
        (Schedule.STAGES, 199, 1.0), (Schedule.STAGES, 200, 0.1), (Schedule.STAGES, 299, 0.1),
        (Schedule.STAGES, 300, 0.02), (Schedule.STAGES, 349, 0.02),
        # His slice nets': along a line to 0.
        (Schedule.LINEAR, 0, 1.0), (Schedule.LINEAR, 175, 0.5),
        # His sequence nets': by a fifth after each epoch, here of 10 steps.
        (Schedule.DECAY, 9, 1.0), (Schedule.DECAY, 10, 0.8), (Schedule.DECAY, 25, 0.64),
        (Schedule.COSINE, 0, 1.0), (Schedule.COSINE, 175, 0.505),
        (Schedule.CONSTANT, 0, 1.0), (Schedule.CONSTANT, 349, 1.0),
    ],
)  # fmt: skip
def test_the_rate_falls_as_its_schedule_says(schedule: Schedule, step: int, share: float) -> None:
    config = StageConfig(
        steps=350, epochs=35, batch_size=1, learning_rate=4e-4, warmup_steps=0, schedule=schedule
    )
    assert rate_at(config, step) == pytest.approx(4e-4 * share)


def test_a_backbone_learns_at_its_share_of_the_rate() -> None:
    net = DenseSliceNet("test_efficientnet", width=8)
    stage = StageConfig(steps=1, batch_size=1, learning_rate=1e-3, backbone_share=0.25)
    groups = make_optimizer(net, stage).param_groups
    of_backbone = {id(p) for p in net.backbone.parameters()}
    for group in groups:
        inside = {id(p) in of_backbone for p in group["params"]}
        assert inside == {group["share"] == 0.25}
    assert sum(len(group["params"]) for group in groups) == len(list(net.parameters()))


@pytest.mark.parametrize(("method", "moved"), [(Method.SGD, 0.3), (Method.ADAM, 0.1)])
def test_a_first_step_goes_along_the_gradient_or_as_far_as_the_rate(
    method: Method, moved: float
) -> None:
    net = nn.Linear(1, 1, bias=False)
    nn.init.constant_(net.weight, 1.0)
    config = StageConfig(steps=1, batch_size=1, learning_rate=0.1, weight_decay=0.0, method=method)
    optimizer = make_optimizer(net, config)
    net(torch.tensor([[3.0]])).sum().backward()
    optimizer.step()
    assert float(net.weight.detach()) == pytest.approx(1.0 - moved, abs=1e-6)
