"""ImageNet weights fill every part of a backbone, or are refused."""

import pytest
import torch

from pe_models.errors import TrainingError
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.slice_classifier import SliceClassifier
from pe_models.training.weights.pretrained import start_from_imagenet


def test_the_imagenet_start_fills_every_weight_of_its_backbone() -> None:
    net = SliceClassifier("efficientnet_lite0")
    before = {name: w.clone() for name, w in net.backbone.state_dict().items()}
    start_from_imagenet(net.backbone)
    moved = [
        name
        for name, weight in net.backbone.state_dict().items()
        if weight.is_floating_point() and not torch.equal(weight, before[name])
    ]
    assert len(moved) == sum(w.is_floating_point() for w in before.values())
    assert torch.isfinite(net.eval()(torch.zeros(1, 3, 64, 64)).logit).all()


def test_the_imagenet_start_refuses_another_backbone() -> None:
    with pytest.raises(TrainingError, match="do not fit"):
        start_from_imagenet(SliceClassifier("test_efficientnet").backbone)


def test_the_imagenet_start_fills_the_features_of_a_dense_net() -> None:
    net = DenseSliceNet("efficientnet_lite0", width=8)
    before = {name: w.clone() for name, w in net.backbone.state_dict().items()}
    start_from_imagenet(net.backbone)
    after = net.backbone.state_dict()
    assert all(
        not torch.equal(after[name], weight)
        for name, weight in before.items()
        if weight.is_floating_point()
    )
