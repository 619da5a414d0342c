"""The nets keep their promises of shape, exactness and masking."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

from pe_models.bundle import (
    LOCALIZER_FILE,
    SLICE_CLASSIFIER_FILE,
    Architecture,
    ModelBundle,
    SequenceArchitecture,
    SliceArchitecture,
    write_bundle,
)
from pe_models.errors import BundleError
from pe_models.findings import Crop
from pe_models.nets.load import build_nets, load_nets
from pe_models.nets.localizer import Localizer, union_crop
from pe_models.nets.sequence import SequenceNet
from pe_models.nets.slice_classifier import SliceClassifier


def sequence_net() -> SequenceNet:
    torch.manual_seed(3)
    return SequenceNet(embedding=5, bottleneck=7, hidden=6, n_labels=9).eval()


def test_the_mean_of_the_activation_map_is_the_logit() -> None:
    torch.manual_seed(1)
    net = SliceClassifier("test_efficientnet", dropout=0.5).eval()
    out = net(torch.randn(2, 3, 96, 128))
    assert out.logit.shape == (2,)
    assert out.embedding.shape == (2, net.embedding)
    assert out.activation.shape[0] == 2
    assert out.activation.shape[2] > out.activation.shape[1] > 1
    assert_close(out.activation.mean(dim=(1, 2)), out.logit, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("backbone", ["test_efficientnet", "lcnet_050"])
def test_the_localizer_starts_near_a_typical_chest(backbone: str) -> None:
    boxes = Localizer(backbone).eval()(torch.zeros(2, 3, 64, 64))
    assert boxes.shape == (2, 4)
    assert_close(boxes[0], torch.tensor([0.15, 0.2, 0.85, 0.8]), atol=0.1, rtol=0)


def test_the_crop_is_the_union_with_its_margin() -> None:
    boxes = torch.tensor([[0.2, 0.3, 0.7, 0.6], [0.25, 0.2, 0.8, 0.5]])
    assert union_crop(boxes, rows=100, cols=200, margin=0.0) == Crop(20, 60, 40, 160)
    assert union_crop(boxes, rows=100, cols=200, margin=0.5) == Crop(0, 100, 0, 200)


@pytest.mark.parametrize("bad", [float("nan"), 0.79, float("inf")])
def test_a_box_that_is_no_chest_gives_the_whole_slice(bad: float) -> None:
    boxes = torch.tensor([[bad, 0.3, 0.8, 0.6]])
    assert union_crop(boxes, rows=100, cols=200, margin=0.0) == Crop(0, 100, 0, 200)


def test_padding_changes_nothing() -> None:
    net, short = sequence_net(), torch.randn(1, 4, 5)
    alone = net(short, torch.tensor([4]))
    long = torch.randn(1, 9, 5)
    padded = torch.cat([short, torch.full((1, 5, 5), 99.0)], dim=1)
    together = net(torch.cat([long, padded]), torch.tensor([9, 4]))
    assert_close(together.exam_logit[1], alone.exam_logit[0])
    assert_close(together.image_logit[1, :4], alone.image_logit[0])
    assert together.image_logit[1, 4:].abs().max() == 0


def test_attention_and_pooling_do_not_know_the_place_in_the_padding() -> None:
    net = sequence_net()
    features = torch.randn(1, 6, 5)
    once = net(features, torch.tensor([6]))
    assert once.image_logit.shape == (1, 6)
    assert once.exam_logit.shape == (1, 9)


@pytest.mark.parametrize("length", [1, 2, 1083])
def test_any_length_is_taken_as_it_is(length: int) -> None:
    out = sequence_net()(torch.randn(1, length, 5), torch.tensor([length]))
    assert out.image_logit.shape == (1, length)
    assert bool(torch.isfinite(out.exam_logit).all())


def test_a_single_odd_slice_in_many_reaches_the_exam() -> None:
    net, features = sequence_net(), torch.zeros(1, 600, 5)
    quiet = net(features, torch.tensor([600])).exam_logit
    features[0, 301] = 8.0
    assert (net(features, torch.tensor([600])).exam_logit - quiet).abs().max() > 0.01


def test_an_image_score_begins_from_the_logit_that_its_slice_ends_in() -> None:
    torch.manual_seed(3)
    net = SequenceNet(embedding=5, bottleneck=7, hidden=6, n_labels=9, ends_in_logit=True).eval()
    with torch.no_grad():
        net.image_head.weight.zero_()
        net.image_head.bias.zero_()
    features = torch.randn(2, 6, 5)
    out = net(features, torch.tensor([6, 4]))
    assert_close(out.image_logit[0], features[0, :, 4])
    assert out.image_logit[1, 4:].abs().max() == 0


def net_of_others() -> SequenceNet:
    torch.manual_seed(3)
    return SequenceNet(
        embedding=5, bottleneck=7, hidden=6, n_labels=9, ends_in_logit=True, moved_by_others=True
    ).eval()


@pytest.mark.parametrize("changed", range(9))
def test_a_score_is_moved_by_the_other_slices_and_by_no_number_of_its_own(changed: int) -> None:
    net, features, lengths = net_of_others(), torch.randn(1, 9, 5), torch.tensor([9])
    before = net(features, lengths).image_logit[0]
    features[:, changed, :4] += 3.0
    moved = (net(features, lengths).image_logit[0] - before).abs() > 1e-6
    unheard = {changed, {0: 1, 8: 7}.get(changed, changed)}  # an end reaches all but the next one
    assert set(moved.nonzero().flatten().tolist()) == set(range(9)) - unheard


def test_padding_moves_no_score_of_a_shorter_exam() -> None:
    net, features = net_of_others(), torch.randn(2, 9, 5)
    together = net(features, torch.tensor([9, 6])).image_logit[1]
    assert_close(together[:6], net(features[1:, :6], torch.tensor([6])).image_logit[0])
    assert not together[6:].any()


@pytest.mark.parametrize("length", [1, 2])
def test_a_slice_without_others_keeps_its_own_logit_but_for_a_constant(length: int) -> None:
    net, features = net_of_others(), torch.randn(1, length, 5)
    moved = net(features, torch.tensor([length])).image_logit - features[:, :, 4]
    assert_close(moved, net.image_head.bias.expand(1, length))


def test_the_highest_evidence_of_an_exam_speaks_for_its_labels_whatever_the_padding() -> None:
    net = SequenceNet(embedding=5, bottleneck=7, hidden=6, n_labels=1, n_evidence=2).eval()
    assert net.evidence_head is not None
    with torch.no_grad():
        net.exam_head.weight.zero_()
        net.exam_head.bias.zero_()
        net.evidence_head.weight.copy_(torch.tensor([[100.0, 0.0, 10.0, 0.0, 1.0, 0.0]]))
        net.evidence_head.bias.zero_()
    features = torch.full((2, 20, 5), -1.0)
    features[0, :5, 3] = torch.tensor([1.0, 5.0, 3.0, 2.0, 4.0])
    features[1, :3, 3] = torch.tensor([7.0, 6.0, 8.0])
    features[1, 3:] = 99.0  # padding
    out = net(features, torch.tensor([20, 3])).exam_logit[:, 0]
    of_16 = (5 + 4 + 3 + 2 + 1 - 11) / 16
    assert_close(out, torch.tensor([500 + 35 + of_16, 800 + 70 + 7.0]))


def test_a_bundle_gives_the_nets_that_were_saved(tiny_bundle: ModelBundle) -> None:
    nets = load_nets(tiny_bundle, torch.device("cpu"))
    again = load_nets(tiny_bundle, torch.device("cpu"))
    x = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        assert_close(nets.slice_classifier(x).logit, again.slice_classifier(x).logit)
    assert not nets.sequence.training
    assert next(nets.localizer.parameters()).dtype == torch.float32


def test_weights_of_another_net_are_refused(tiny_bundle: ModelBundle, tmp_path: Path) -> None:
    files = {name: tiny_bundle.read(name) for name in tiny_bundle.files}
    files[LOCALIZER_FILE] = files[SLICE_CLASSIFIER_FILE]
    swapped = write_bundle(tmp_path / "swapped", tiny_bundle.spec, files)
    with pytest.raises(BundleError, match=r"localizer\.safetensors does not fit"):
        load_nets(swapped, torch.device("cpu"))


def test_weights_that_are_no_safetensors_are_refused(
    tiny_bundle: ModelBundle, tmp_path: Path
) -> None:
    files = {name: tiny_bundle.read(name) for name in tiny_bundle.files}
    files[LOCALIZER_FILE] = b"\x80\x04 a pickle, say"
    bad = write_bundle(tmp_path / "bad", tiny_bundle.spec, files)
    with pytest.raises(BundleError, match="does not fit"):
        load_nets(bad, torch.device("cpu"))


def test_a_backbone_that_timm_does_not_know_is_refused(
    tiny_bundle: ModelBundle, tmp_path: Path
) -> None:
    architecture = replace(tiny_bundle.architecture, localizer_backbone="resnet9000")
    spec = replace(tiny_bundle.spec, architecture=architecture)
    files = {name: tiny_bundle.read(name) for name in tiny_bundle.files}
    with pytest.raises(BundleError, match="cannot be built"):
        load_nets(write_bundle(tmp_path / "b", spec, files), torch.device("cpu"))


def test_declared_and_true_length_of_the_embedding_must_agree() -> None:
    slices = SliceArchitecture("test_efficientnet", 255)
    with pytest.raises(ValueError, match="256 features"):
        build_nets(
            Architecture("test_efficientnet", slices, SequenceArchitecture(255, 8, 8)), n_labels=9
        )
