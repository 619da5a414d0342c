"""The dense slice net: its maps, the score read from them, and a description that knows sides."""

import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.inference import slice_output
from pe_models.nets.slice_description import ZONES, describe, description_length
from pe_models.nets.tissues import Tissue, clot_grid, clot_scores, evidence_logit, to_logit

WIDTH = 8
N_ZONES = ZONES[0] * ZONES[1]


@pytest.fixture
def net() -> DenseSliceNet:
    torch.manual_seed(3)
    return DenseSliceNet("test_efficientnet", width=WIDTH).eval()


def quiet(rows: int = 32, cols: int = 48) -> Tensor:
    """Maps (1, tissue, row, col) of a slice that holds nothing."""
    return torch.full((1, len(Tissue), rows, cols), -12.0)


def test_any_size_of_multiples_of_32_is_taken(net: DenseSliceNet) -> None:
    for rows, cols in ((64, 96), (160, 32)):
        out = net(torch.randn(2, 3, rows, cols))
        assert out.tissues is not None
        assert out.tissues.shape == (2, 5, rows // 2, cols // 2)
        assert out.activation.shape == (2, rows // 4, cols // 4)
        assert out.logit.shape == (2,)
        assert out.embedding.shape == (2, net.embedding) == (2, description_length(WIDTH))


def test_the_embedding_is_compact() -> None:
    assert description_length(40) <= 256


def test_a_fresh_net_says_that_most_cells_are_nothing(net: DenseSliceNet) -> None:
    scores = net(torch.randn(1, 3, 64, 64)).tissues.sigmoid()
    assert scores.mean() < 0.1


def test_the_logit_is_read_from_the_clot_map_before_any_label_was_seen(
    net: DenseSliceNet,
) -> None:
    out = net(torch.randn(2, 3, 64, 64))
    assert_close(out.logit, evidence_logit(clot_scores(out.tissues)))


def test_pooled_features_reach_the_logit_once_they_have_weight(net: DenseSliceNet) -> None:
    x = torch.randn(2, 3, 64, 64)
    before = net(x)
    with torch.no_grad():
        net.of_pooled.weight.fill_(0.1)
    after = net(x)
    assert (after.logit - before.logit).abs().max() > 1e-3
    assert_close(after.tissues, before.tissues)


def test_every_clot_raises_the_score_also_beside_a_brighter_one() -> None:
    tissues = quiet()
    scores = [evidence_logit(clot_scores(tissues)).item()]
    for col, logit in ((10, 6.0), (30, -1.0), (40, -2.0)):
        tissues[0, Tissue.CLOT, 10:13, col : col + 3] = logit
        scores.append(evidence_logit(clot_scores(tissues)).item())
    assert scores == sorted(set(scores))
    assert scores[0] < -6 < 0 < scores[1]


def test_the_score_of_a_cell_is_the_mean_over_its_neighbours() -> None:
    tissues = torch.zeros(1, len(Tissue), 6, 6)  # every tissue at 0.5
    tissues[0, Tissue.CLOT, 3, 3] = math.log(3)  # 0.75
    scores = clot_scores(tissues)
    assert scores[0, 1, 1].item() == pytest.approx(0.5)
    assert scores[0, 3, 3].item() == pytest.approx((8 * 0.5 + 0.75) / 9)


def test_the_logit_is_that_of_the_norm_of_the_map_and_its_slope_is_finite() -> None:
    scores = torch.zeros(2, 4, 6)
    scores[0, 1, 2], scores[0, 3, 3] = 0.8, 0.5
    scores.requires_grad_()
    found = evidence_logit(scores)
    n = (0.8**3 + 0.5**3) ** (1 / 3)
    assert found[0].item() == pytest.approx(math.log(math.expm1(n)), rel=1e-4)
    found.sum().backward()
    assert scores.grad is not None
    assert torch.isfinite(found).all()
    assert torch.isfinite(scores.grad).all()


def test_one_cell_alone_is_noise_and_a_small_clot_is_not() -> None:
    one, small = quiet(), quiet()
    for tissues, size in ((one, 1), (small, 3)):
        tissues[0, Tissue.CLOT, 9 : 9 + size, 9 : 9 + size] = 8.0
        tissues[0, Tissue.ARTERY, 5:20, 5:20] = 8.0
    assert evidence_logit(clot_scores(one)).item() < -1
    assert evidence_logit(clot_scores(small)).item() > 0.5


def test_the_shown_map_keeps_the_highest_of_the_cells_that_it_covers() -> None:
    scores = torch.zeros(1, 4, 6)
    scores[0, 3, 0] = 0.5
    grid = clot_grid(scores)
    assert grid.shape == (1, 2, 3)
    assert grid[0, 1, 0].item() == pytest.approx(0.0)
    assert grid[0, 0, 0].item() == pytest.approx(math.log(1e-6), rel=1e-3)
    assert torch.isfinite(to_logit(torch.tensor([0.0, 1.0]))).all()


@pytest.mark.parametrize(("row", "col", "zone"), [(4, 4, 0), (4, 30, 2), (28, 18, 5), (28, 44, 7)])
def test_a_description_says_in_which_zone_the_clot_lies(row: int, col: int, zone: int) -> None:
    tissues = quiet()
    at = slice(row - 2, row + 2), slice(col - 2, col + 2)
    tissues[0, Tissue.CLOT][at], tissues[0, Tissue.ARTERY][at] = 8.0, 8.0
    clot = clot_scores(tissues)
    told = describe(torch.zeros(1, WIDTH, 32, 48), tissues, clot, evidence_logit(clot))[0]
    peaks, areas = told[3 * WIDTH :][: 2 * N_ZONES].split(N_ZONES)
    assert int(peaks.argmax()) == int(areas.argmax()) == zone
    assert areas[zone].item() == pytest.approx(math.log1p(16 * 0.9987), rel=0.1)


def test_a_mirrored_slice_has_another_description() -> None:
    tissues = quiet()
    tissues[0, Tissue.CLOT, 8:12, 4:8] = tissues[0, Tissue.ARTERY, 8:12, 4:8] = 8.0
    told = []
    for maps in (tissues, tissues.flip(3)):
        clot = clot_scores(maps)
        told.append(describe(torch.zeros(1, WIDTH, 32, 48), maps, clot, evidence_logit(clot)))
    assert (told[0] - told[1]).abs().max() > 1


def test_the_widths_of_a_ventricle_are_those_of_its_ellipse() -> None:
    rows, cols = torch.meshgrid(torch.arange(64.0), torch.arange(96.0), indexing="ij")
    along, across = (cols - 48 + rows - 32) / 2**0.5, (cols - 48 - rows + 32) / 2**0.5
    tissues = quiet(64, 96)
    tissues[0, Tissue.RIGHT_VENTRICLE][(along / 20) ** 2 + (across / 9) ** 2 < 1] = 12.0
    clot = clot_scores(tissues)
    told = describe(torch.zeros(1, WIDTH, 64, 96), tissues, clot, evidence_logit(clot))[0]
    area, short, long = told[3 * WIDTH + 3 * N_ZONES + 3 :][:3].tolist()
    assert math.expm1(area) == pytest.approx(math.pi * 20 * 9, rel=0.02)
    assert short == pytest.approx(18, rel=0.03)
    assert long == pytest.approx(40, rel=0.03)


def test_a_slice_net_that_is_put_to_use_answers_in_float32_as_it_does_in_full_precision(
    net: DenseSliceNet,
) -> None:
    x = torch.randn(2, 3, 96, 96)
    used = slice_output(net, x)
    with torch.inference_mode():
        full = net(x)
    assert used.logit.dtype == used.embedding.dtype == used.activation.dtype == torch.float32
    assert_close(used.logit.sigmoid(), full.logit.sigmoid(), atol=5e-3, rtol=0)


def test_a_backbone_without_fine_features_is_refused() -> None:
    with pytest.raises(ValueError, match="stride of 2"):
        DenseSliceNet("test_convnext", width=WIDTH)
