"""The Refiner: what it sees, how far, and that a study in parts reads as one whole."""

import numpy as np
import pytest
import torch
from torch import Tensor

from pe_models.bundle import RefinerArchitecture
from pe_models.imaging.window import Window
from pe_models.nets.refiner import HIGHEST_LOGIT, N_CHANNELS, SEEN, Refiner, refiner_input
from pe_models.nets.refining import Refined, RefinerReader, refined
from pe_models.nets.slice_description import N_REFINED
from pe_models.nets.tissues import Tissue, evidence_logit, smoothed_scores

WINDOW = Window(900.0, 250.0)


def a_refiner(*widths: int) -> Refiner:
    """One whose every weight matters, and whose every channel lives."""
    torch.manual_seed(3)
    net = Refiner(RefinerArchitecture(widths or (4, 6), WINDOW)).eval()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm3d):
            torch.nn.init.ones_(module.bias)
    return net


def a_study(n_slices: int, rows: int = 10, cols: int = 14) -> Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.rand((N_CHANNELS, n_slices, rows, cols), generator=generator) * 2 - 1


def seen_whole(net: Refiner, study: Tensor, step: int = 1) -> dict[int, Refined]:
    """By slice."""
    parts = refined(
        RefinerReader(net), lambda k: study[:, list(k)], n_slices=study.shape[1], step=step
    )
    found: dict[int, Refined] = {}
    for part in parts:
        for place, index in enumerate(part.indices):
            assert index not in found
            found[index] = Refined((index,), *(value[place] for value in part[1:]))
    assert sorted(found) == list(range(study.shape[1]))
    return found


def test_a_fresh_one_says_what_the_slice_net_said() -> None:
    tissues = torch.randn(5, len(Tissue), 8, 6)
    x = refiner_input(tissues, torch.rand(5, 16, 12))
    assert x.shape == (N_CHANNELS, 5, 8, 6)
    with torch.inference_mode():
        logits = Refiner(RefinerArchitecture((4, 6, 8), WINDOW)).eval()(x[None])[0]
    torch.testing.assert_close(logits, tissues[:, Tissue.CLOT], atol=1e-5, rtol=0)


def test_it_sees_each_pixel_in_its_cell_and_logits_up_to_a_bound() -> None:
    grey = torch.zeros(1, 8, 6)
    grey[0, 3, 2] = 1.0  # row 1, col 1 of the cells; lower left of its pixels
    x = refiner_input(torch.full((1, len(Tissue), 4, 3), 50.0), grey)
    assert bool((x[: len(SEEN)] == 1.0).all())
    bright = (x[len(SEEN) :, 0] > 0).nonzero().tolist()
    assert bright == [[2, 1, 1]]
    assert float(x[len(SEEN) :].min()) == -1.0
    assert HIGHEST_LOGIT == 10.0


@pytest.mark.parametrize("widths", [(4,), (4, 6), (4, 6, 8)])
def test_a_slice_depends_on_reach_slices_and_no_more(widths: tuple[int, ...]) -> None:
    net = a_refiner(*widths).double()
    study = a_study(2 * net.reach + 5).double()
    changed = study.clone()
    changed[:, 0] = -changed[:, 0]
    with torch.inference_mode():
        moved = (net(study[None]) - net(changed[None])).abs().amax(dim=(0, 2, 3))
    assert float(moved[net.reach]) > 0
    assert float(moved[net.reach + 1 :].max()) == 0


@pytest.mark.parametrize("n_slices", [1, 7, 31])
def test_a_study_in_parts_reads_as_one_whole(n_slices: int) -> None:
    net, study = a_refiner(), a_study(n_slices)
    with torch.inference_mode():
        scores = smoothed_scores(net(study[None])[0])
    found = seen_whole(net, study)
    for index in range(n_slices):
        torch.testing.assert_close(found[index].scores, scores[index], atol=1e-6, rtol=1e-5)
        assert found[index].description.shape == (N_REFINED,)
        assert float(found[index].description[-1]) == pytest.approx(float(found[index].logit))
        wanted = float(evidence_logit(scores[index][None])[0])
        assert float(found[index].logit) == pytest.approx(wanted, abs=1e-4)
        assert found[index].activation.shape == (5, 7)


def test_slices_that_lie_closer_are_seen_by_turns() -> None:
    net, study = a_refiner(), a_study(23)
    found = seen_whole(net, study, step=3)
    for first in range(3):
        alone = seen_whole(net, study[:, first::3])
        for place, index in enumerate(range(first, 23, 3)):
            np.testing.assert_allclose(found[index].scores, alone[place].scores, atol=1e-6)
