"""Activation maps: exact, in logit units, and the same by two roads."""

import numpy as np
import pytest
import torch
from torch import Tensor

from pe_models import explain
from pe_models.errors import InputError
from pe_models.findings import Crop
from pe_models.nets.slice_classifier import SliceClassifier

CROP = Crop(3, 40, 5, 60)


@pytest.fixture
def classifier() -> SliceClassifier:
    torch.manual_seed(5)
    return SliceClassifier("test_efficientnet").eval()


@pytest.fixture
def x() -> Tensor:
    return torch.randn(1, 3, 96, 160, generator=torch.Generator().manual_seed(7))


def test_the_mean_of_a_class_activation_map_is_the_logit(
    classifier: SliceClassifier, x: Tensor
) -> None:
    values = explain.class_activation(classifier, x)
    assert values.shape == (3, 5)  # 96 x 160 at stride 32
    assert values.mean() == pytest.approx(classifier(x).logit.item(), abs=1e-5)


def test_grad_cam_is_the_class_activation_map_less_its_bias(
    classifier: SliceClassifier, x: Tensor
) -> None:
    # Selvaraju et al. 2017, section 3.1: Grad-CAM generalises CAM for a mean and a linear layer
    expected = explain.class_activation(classifier, x) - classifier.head.bias.item()
    np.testing.assert_allclose(explain.grad_cam(classifier, x), expected, rtol=1e-3, atol=1e-5)


def test_grad_cam_leaves_neither_hooks_nor_gradients(
    classifier: SliceClassifier, x: Tensor
) -> None:
    explain.grad_cam(classifier, x)
    assert all(p.grad is None for p in classifier.parameters())
    assert not any(m._forward_hooks for m in classifier.modules())


@pytest.mark.parametrize("method", explain.METHODS)
def test_a_map_names_its_method_slice_and_crop(
    classifier: SliceClassifier, x: Tensor, method: str
) -> None:
    heatmap = explain.explain(classifier, x, slice_index=41, crop=CROP, method=method)
    assert (heatmap.slice_index, heatmap.crop, heatmap.method) == (41, CROP, method)
    assert heatmap.values.dtype == np.float32


def test_an_unknown_method_is_refused_and_the_known_ones_named(
    classifier: SliceClassifier, x: Tensor
) -> None:
    with pytest.raises(InputError, match="class activation and grad-cam"):
        explain.explain(classifier, x, slice_index=0, crop=CROP, method="guess")
