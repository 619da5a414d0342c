"""Activation maps: exact, in logit units, and the same by two roads."""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from pe_models.errors import InputError
from pe_models.explain import slices as explain
from pe_models.findings import Crop
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.slice_classifier import SliceClassifier
from pe_models.preprocess import Framed
from tests.pe_models.nets.averaging import averaging, middle_px

CROP = Crop(3, 40, 5, 60)


@pytest.fixture
def classifier() -> SliceClassifier:
    torch.manual_seed(5)
    return SliceClassifier("test_efficientnet").eval()


@pytest.fixture
def dense() -> DenseSliceNet:
    torch.manual_seed(5)
    return DenseSliceNet("test_efficientnet", width=8).eval()


@pytest.fixture
def x() -> Tensor:
    return torch.randn(1, 3, 96, 160, generator=torch.Generator().manual_seed(7))


def test_the_mean_of_a_class_activation_map_is_the_logit(
    classifier: SliceClassifier, x: Tensor
) -> None:
    values = own_cells(classifier, x)
    assert values.shape == (3, 5)  # 96 x 160 at stride 32
    assert values.mean() == pytest.approx(classifier(x).logit.item(), abs=1e-5)


def test_grad_cam_is_the_class_activation_map_less_its_bias(
    classifier: SliceClassifier, x: Tensor
) -> None:
    # Selvaraju et al. 2017, section 3.1: Grad-CAM generalises CAM for a mean and a linear layer
    expected = own_cells(classifier, x) - classifier.head.bias.item()
    np.testing.assert_allclose(explain.grad_cam(classifier, x), expected, rtol=1e-3, atol=1e-5)


def test_grad_cam_plus_plus_weights_features_as_its_paper_says(
    classifier: SliceClassifier, x: Tensor
) -> None:
    """Chattopadhyay et al. 2018, equations 11 and 19, for a mean and a linear layer: the gradient
    of a feature is the same everywhere, so that its weight is relu(w) / (2 + w times its mean)."""
    features = classifier.backbone.forward_features(x)[0].detach().double().numpy()
    w = classifier.head.weight[0].detach().double().numpy()
    weights = np.maximum(w, 0.0) / (2.0 + w * features.mean(axis=(1, 2)))
    expected = np.tensordot(weights, features, axes=1)
    made = explain.grad_cam_plus_plus(classifier, x)
    np.testing.assert_allclose(made, expected, rtol=0.02, atol=1e-4)


def test_grad_cam_leaves_neither_hooks_nor_gradients(
    classifier: SliceClassifier, x: Tensor
) -> None:
    explain.grad_cam(classifier, x)
    assert all(p.grad is None for p in classifier.parameters())
    assert not any(m._forward_hooks for m in classifier.modules())


@pytest.mark.parametrize("method", ["class activation", "grad-cam", "grad-cam++"])
def test_a_map_names_its_method_slice_and_crop(
    classifier: SliceClassifier, x: Tensor, method: str
) -> None:
    heatmap = explain.explain(classifier, x, slice_index=41, crop=CROP, sides=None, method=method)
    assert (heatmap.slice_index, heatmap.crop, heatmap.method) == (41, CROP, method)
    assert heatmap.values.dtype == np.float32


def test_a_map_that_the_net_has_not_is_refused_and_those_it_has_are_named(
    classifier: SliceClassifier, dense: DenseSliceNet, x: Tensor
) -> None:
    for net, method, known in (
        (classifier, "clot-map", r"class activation, grad-cam, grad-cam\+\+"),
        (dense, "class activation", r"clot-map, grad-cam, grad-cam\+\+"),
    ):
        with pytest.raises(InputError, match=known):
            explain.explain(net, x, slice_index=0, crop=CROP, sides=None, method=method)


def test_the_map_of_a_dense_net_is_highest_where_its_score_comes_from(
    dense: DenseSliceNet, x: Tensor
) -> None:
    heatmap = explain.explain(dense, x, slice_index=3, crop=CROP, sides=None, method="clot-map")
    assert heatmap.values.shape == (24, 40)  # 96 x 160 at stride 4
    # the score is the norm of all cells, so at least what the highest alone would give
    highest = 1.0 / (1.0 + math.exp(-float(heatmap.values.max())))
    assert dense(x).logit.item() >= math.log(math.expm1(highest)) - 0.05


@pytest.mark.parametrize("method", ["grad-cam", "grad-cam++"])
def test_a_gradient_map_of_a_dense_net_lies_on_the_grid_of_its_own_map(
    dense: DenseSliceNet, x: Tensor, method: str
) -> None:
    heatmap = explain.explain(dense, x, slice_index=3, crop=CROP, sides=None, method=method)
    assert heatmap.values.shape == (24, 40)
    assert np.isfinite(heatmap.values).all()
    assert heatmap.values.std() > 0
    assert all(p.grad is None for p in dense.parameters())


def test_a_map_over_the_crop_leaves_out_the_air_about_it() -> None:
    rows, cols = Framed.of(20, 0.75, 0.75), Framed.of(44, 0.75, 0.75)
    assert (rows.before, rows.px, rows.after) == (4, 20, 8)
    assert (cols.before, cols.px, cols.after) == (8, 44, 12)
    grid = np.arange(8 * 16, dtype=np.float32).reshape(8, 16)  # 32 x 64 at stride 4
    assert np.array_equal(explain.within_crop(grid, (rows, cols)), grid[1:6, 2:13])


def test_the_cells_of_a_coarse_map_are_repeated_before_they_are_cut() -> None:
    sides = Framed.of(20, 1.0, 1.0), Framed.of(32, 1.0, 1.0)
    values = explain.within_crop(np.array([[3.0]], dtype=np.float32), sides)
    assert values.shape == (5, 8)
    assert (values == 3.0).all()


@pytest.mark.parametrize("method", ["class activation", "grad-cam"])
def test_a_map_of_a_strided_net_lies_on_what_it_is_about(
    classifier: SliceClassifier, method: str
) -> None:
    averaging(classifier.backbone)
    torch.nn.init.ones_(classifier.head.weight)
    x = torch.zeros(1, 3, 96, 160)
    x[..., 40:44, 100:104] = 0.1
    values = explain.explain(
        classifier, x, slice_index=0, crop=CROP, sides=None, method=method
    ).values
    row, col = middle_px(values, (96, 160))
    assert row == pytest.approx(41.5, abs=3.0)
    assert col == pytest.approx(101.5, abs=3.0)


def own_cells(net: SliceClassifier, x: Tensor) -> NDArray[np.float32]:
    return net(x).activation[0].detach().numpy()
