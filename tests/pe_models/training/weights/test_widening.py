"""A net that sees more slices at once begins with the weights of one that sees fewer."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pe_models.bundle import ModelBundle, Preprocessing, Windowing, load_bundle
from pe_models.errors import BundleError, TrainingError
from pe_models.findings import Crop
from pe_models.imaging.volume import Volume
from pe_models.imaging.window import PE_WINDOW, Window
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.load import load_nets
from pe_models.pipeline import Pipeline
from pe_models.preprocess import in_windows, neighbours, slice_inputs
from pe_models.training.config import places_in, preset, with_settings
from pe_models.training.export.bundle import export_bundle
from pe_models.training.road.train import TrainOptions, starting_nets, train
from pe_models.training.run import RunFolder
from pe_models.training.store import Store
from pe_models.training.weights.nets import StageName, fresh_nets
from pe_models.training.weights.pretrained import BACKBONE, start_from_imagenet
from pe_models.training.weights.widening import places_of_colours, widened

WIDER = ["preprocessing.reach=2"]


def test_neighbours_lie_evenly_and_end_at_the_edge() -> None:
    stack = neighbours([0, 5], n_slices=12, slice_mm=1.25, neighbour_mm=2.5, reach=2)
    assert stack.tolist() == [[0, 0, 0, 2, 4], [1, 3, 5, 7, 9]]


def test_a_wider_net_says_at_first_what_the_other_said() -> None:
    torch.manual_seed(0)
    narrow = DenseSliceNet("test_efficientnet", width=8).eval()
    wide = DenseSliceNet("test_efficientnet", width=8, channels=5).eval()
    wide.load_state_dict(widened(narrow.state_dict(), wide, (1, 2, 3)))
    x = torch.rand(2, 5, 64, 96)
    with torch.inference_mode():
        ours, theirs = wide(x), narrow(x[:, 1:4])
        beside = wide(torch.cat([torch.rand(2, 1, 64, 96), x[:, 1:4], x[:, 4:]], dim=1))
    assert torch.allclose(ours.tissues, theirs.tissues, atol=1e-5)
    assert torch.equal(ours.logit, beside.logit)


def test_weights_of_the_same_or_of_other_shapes_stay_as_they_are() -> None:
    net = DenseSliceNet("test_efficientnet", width=8, channels=5)
    weights = {"detail.0.0.weight": torch.ones(9, 3, 3, 3), "maps.bias": torch.ones(5)}
    assert all(torch.equal(weights[n], w) for n, w in widened(weights, net, (1, 2, 3)).items())


def test_an_imagenet_start_lies_in_the_middle_channels() -> None:
    wide, narrow = (DenseSliceNet(BACKBONE, width=8, channels=n).backbone for n in (5, 3))
    start_from_imagenet(wide, places_of_colours(Preprocessing(reach=2)))
    start_from_imagenet(narrow)
    ours, theirs = wide.conv_stem.weight, narrow.conv_stem.weight
    assert torch.equal(ours[:, 1:4], theirs)
    assert not ours[:, [0, 4]].any()


def test_a_run_goes_on_from_a_bundle_that_sees_fewer_slices(
    cut_bundle: ModelBundle, cut_store: Store, tmp_path: Path
) -> None:
    config = with_settings(preset("tiny"), [*WIDER, "slice.steps=1", "sequence.steps=1"])
    run = RunFolder(tmp_path / "run")
    options = TrainOptions("cpu", start=cut_bundle)
    train((StageName.SLICE, StageName.SEQUENCE), cut_store, run.folder, config, options)
    wide = export_bundle(run, tmp_path / "wide", name="wide", version="1")
    assert wide.preprocessing.reach == 2
    assert wide.architecture.slice_classifier.channels == 5
    nets = load_nets(load_bundle(tmp_path / "wide"), torch.device("cpu"))
    assert nets.slice_classifier.backbone.conv_stem.weight.shape[1] == 5
    with pytest.raises(TrainingError, match="another architecture"):
        starting_nets(preset("tiny"), TrainOptions("cpu", start=wide))


def test_a_bundle_whose_nets_and_preprocessing_disagree_is_refused(
    cut_bundle: ModelBundle,
) -> None:
    preprocessing = replace(cut_bundle.preprocessing, reach=2)
    other = replace(cut_bundle, spec=replace(cut_bundle.spec, preprocessing=preprocessing))
    with pytest.raises(BundleError, match="another number of channels"):
        load_nets(other, torch.device("cpu"))


def test_the_nets_of_a_configuration_see_as_many_slices_as_it_says() -> None:
    nets = fresh_nets(with_settings(preset("tiny-pooled"), WIDER))
    x = torch.rand(1, 5, 64, 64)
    assert nets.slice_classifier.eval()(x).logit.shape == (1,)
    assert nets.slice_classifier.cells


WIDE = Preprocessing(reach=2, wide_window=Window(1400.0, 300.0), input_px=32)


def test_a_second_window_shows_what_the_first_shows_as_white() -> None:
    hu = torch.full((7, 40, 40), 460, dtype=torch.int16)
    hu[3] = 700
    crop = Crop(0, 40, 0, 40)
    x = slice_inputs(hu, [3], crop=crop, spacing_mm=(2.5, 1.0, 1.0), params=WIDE)
    assert x.shape == (1, WIDE.channels, 32, 32)
    assert torch.allclose(x[:, :5], torch.ones(1))  # all above 450 HU
    beside, middle = x[0, 6, 16, 16], x[0, 7, 16, 16]
    assert beside == pytest.approx(2 * (460 + 400) / 1400 - 1, abs=1e-5)
    assert middle == pytest.approx(2 * (700 + 400) / 1400 - 1, abs=1e-5)
    assert hu[3, 0, 0] == 700
    grey = in_windows(hu[None, 1:6].float(), WIDE)
    assert torch.allclose(2 * grey[0, :, 16, 16] - 1, x[0, :, 16, 16])


@pytest.mark.parametrize(
    ("narrow", "places"),
    [
        (Preprocessing(), (1, 2, 3)),
        (Preprocessing(reach=2), (0, 1, 2, 3, 4)),
        (Preprocessing(wide_window=WIDE.wide_window), (1, 2, 3, 6, 7, 8)),
        (WIDE, tuple(range(10))),
        (Preprocessing(reach=3), None),
        (Preprocessing(wide_window=Window(2000.0, 300.0)), None),
    ],
)
def test_old_channels_keep_their_places(
    narrow: Preprocessing, places: tuple[int, ...] | None
) -> None:
    assert places_in(WIDE, narrow) == places


def test_a_second_window_is_for_fixed_windows_alone() -> None:
    with pytest.raises(ValueError, match="fixed windows"):
        Preprocessing(wide_window=PE_WINDOW, windowing=Windowing.OWN_RANGE)


def test_a_bundle_with_two_windows_is_trained_kept_and_analyses(
    cut_bundle: ModelBundle, cut_store: Store, tiny_chest: Volume, tmp_path: Path
) -> None:
    tiny = with_settings(preset("tiny"), ["slice.steps=1", "sequence.steps=1"])
    preprocessing = replace(tiny.preprocessing, reach=2, wide_window=WIDE.wide_window)
    config = replace(tiny, preprocessing=preprocessing)
    run = RunFolder(tmp_path / "run")
    options = TrainOptions("cpu", start=cut_bundle)
    train((StageName.SLICE, StageName.SEQUENCE), cut_store, run.folder, config, options)
    assert run.config() == config
    export_bundle(run, tmp_path / "wide", name="wide", version="1")
    bundle = load_bundle(tmp_path / "wide")
    assert bundle.preprocessing == preprocessing
    assert Pipeline(bundle, "cpu").analyze(tiny_chest).findings.n_slices == tiny_chest.n_slices
    plain = [replace(study, labels_sha256=None) for study in cut_store.studies]
    labels_alone = replace(cut_store, studies=tuple(plain))
    by_labels = RunFolder(tmp_path / "labels")
    train((StageName.SLICE,), labels_alone, by_labels.folder, config, options)
    assert by_labels.checkpoint_file("slice").exists()
