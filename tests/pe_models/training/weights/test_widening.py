"""A net that sees more slices at once begins with the weights of one that sees fewer."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pe_models.bundle import load_bundle
from pe_models.errors import BundleError, TrainingError
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.load import load_nets
from pe_models.preprocess import neighbours
from pe_models.training.config import preset, with_settings
from pe_models.training.export.bundle import export_bundle
from pe_models.training.road.train import TrainOptions, starting_nets, train
from pe_models.training.run import RunFolder
from pe_models.training.store import Store
from pe_models.training.weights.nets import StageName, fresh_nets
from pe_models.training.weights.pretrained import BACKBONE, start_from_imagenet
from pe_models.training.weights.widening import widened

WIDER = ["preprocessing.reach=2"]


def test_neighbours_lie_evenly_and_end_at_the_edge() -> None:
    stack = neighbours([0, 5], n_slices=12, slice_mm=1.25, neighbour_mm=2.5, reach=2)
    assert stack.tolist() == [[0, 0, 0, 2, 4], [1, 3, 5, 7, 9]]


def test_a_wider_net_says_at_first_what_the_other_said() -> None:
    torch.manual_seed(0)
    narrow = DenseSliceNet("test_efficientnet", width=8).eval()
    wide = DenseSliceNet("test_efficientnet", width=8, slices=5).eval()
    wide.load_state_dict(widened(narrow.state_dict(), wide))
    x = torch.rand(2, 5, 64, 96)
    with torch.inference_mode():
        ours, theirs = wide(x), narrow(x[:, 1:4])
        beside = wide(torch.cat([torch.rand(2, 1, 64, 96), x[:, 1:4], x[:, 4:]], dim=1))
    assert torch.allclose(ours.tissues, theirs.tissues, atol=1e-5)
    assert torch.equal(ours.logit, beside.logit)


def test_weights_of_the_same_or_of_other_shapes_stay_as_they_are() -> None:
    net = DenseSliceNet("test_efficientnet", width=8, slices=4)
    weights = {"detail.0.0.weight": torch.ones(8, 3, 3, 3), "maps.bias": torch.ones(5)}
    assert all(torch.equal(weights[n], w) for n, w in widened(weights, net).items())


def test_an_imagenet_start_lies_in_the_middle_channels() -> None:
    wide, narrow = (DenseSliceNet(BACKBONE, width=8, slices=n).backbone for n in (5, 3))
    for backbone in (wide, narrow):
        start_from_imagenet(backbone)
    ours, theirs = wide.conv_stem.weight, narrow.conv_stem.weight
    assert torch.equal(ours[:, 1:4], theirs)
    assert not ours[:, [0, 4]].any()


def test_a_run_goes_on_from_a_bundle_that_sees_fewer_slices(
    cut_run: RunFolder, cut_store: Store, tmp_path: Path
) -> None:
    start = export_bundle(cut_run, tmp_path / "first", name="first", version="1")
    config = with_settings(preset("tiny"), [*WIDER, "slice.steps=1", "sequence.steps=1"])
    run = RunFolder(tmp_path / "run")
    options = TrainOptions("cpu", start=start)
    train((StageName.SLICE, StageName.SEQUENCE), cut_store, run.folder, config, options)
    wide = export_bundle(run, tmp_path / "wide", name="wide", version="1")
    assert wide.preprocessing.reach == 2
    assert wide.architecture.slice_classifier.slices == 5
    nets = load_nets(load_bundle(tmp_path / "wide"), torch.device("cpu"))
    assert nets.slice_classifier.backbone.conv_stem.weight.shape[1] == 5
    with pytest.raises(TrainingError, match="another architecture"):
        starting_nets(preset("tiny"), TrainOptions("cpu", start=wide))


def test_a_bundle_whose_nets_and_preprocessing_disagree_is_refused(
    cut_run: RunFolder, tmp_path: Path
) -> None:
    bundle = export_bundle(cut_run, tmp_path / "first", name="first", version="1")
    preprocessing = replace(bundle.preprocessing, reach=2)
    other = replace(bundle, spec=replace(bundle.spec, preprocessing=preprocessing))
    with pytest.raises(BundleError, match="another number of slices"):
        load_nets(other, torch.device("cpu"))


def test_the_nets_of_a_configuration_see_as_many_slices_as_it_says() -> None:
    nets = fresh_nets(with_settings(preset("tiny-pooled"), WIDER))
    x = torch.rand(1, 5, 64, 64)
    assert nets.slice_classifier.eval()(x).logit.shape == (1,)
    assert nets.slice_classifier.cells
