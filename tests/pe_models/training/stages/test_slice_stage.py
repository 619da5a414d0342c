"""The slice stage that fits the net and what the store knows."""

from dataclasses import replace

import pytest
import torch

from pe_models.findings import Crop
from pe_models.nets.slice_classifier import SliceClassifier
from pe_models.training.answers.features import read_crops
from pe_models.training.config import preset
from pe_models.training.run import RunFolder
from pe_models.training.stages.dense import DenseSliceStage, SliceStudies, TurnsStage, slice_stage
from pe_models.training.stages.slices import SliceStage
from pe_models.training.store import Store, StudyRecord
from pe_models.training.weights.nets import fresh_nets

CPU = torch.device("cpu")
CONFIG = preset("tiny")


def without_labels(study: StudyRecord) -> StudyRecord:
    return replace(study, labels_sha256=None)


@pytest.fixture
def crops_of(cut_run: RunFolder) -> dict[str, Crop]:
    return read_crops(cut_run.boxes_file)


@pytest.mark.parametrize(
    ("n_plain", "kind"), [(0, DenseSliceStage), (4, SliceStage), (2, TurnsStage)]
)
def test_the_stage_fits_what_the_store_knows(
    cut_store: Store, crops_of: dict[str, Crop], n_plain: int, kind: type
) -> None:
    """Labelled studies by crops, the others by their slices' labels; steps of every kind learn."""
    order = sorted(cut_store.studies, key=lambda s: s.is_positive, reverse=True)
    mixed = [*map(without_labels, order[::2]), *order[1::2]] if n_plain == 2 else order
    studies = [without_labels(s) for s in order] if n_plain == 4 else mixed
    nets = fresh_nets(CONFIG)
    ours = SliceStudies(cut_store, studies, studies[:1], crops_of)
    with slice_stage(nets.slice_classifier, ours, CONFIG, CPU) as stage:
        assert isinstance(stage, kind)
        for step in range(2):
            nets.slice_classifier.train()
            stage.loss(nets.slice_classifier, step).backward()
        with torch.inference_mode():
            figures = stage.measure(nets.slice_classifier.eval())
    assert nets.slice_classifier.laterals[0].weight.grad.abs().max() > 0
    assert "held_out_loss" in figures or studies[0].labels_sha256 is None


def test_a_pooled_net_learns_from_labels_alone_whatever_the_store_knows(
    cut_store: Store, crops_of: dict[str, Crop]
) -> None:
    config = preset("tiny-pooled")
    nets = fresh_nets(config)
    ours = SliceStudies(cut_store, cut_store.studies, (), crops_of)
    with slice_stage(nets.slice_classifier, ours, config, CPU) as stage:
        assert isinstance(stage, SliceStage)
        assert isinstance(nets.slice_classifier, SliceClassifier)
