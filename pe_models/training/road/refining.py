"""The refiner's part of the road: it learns from the slice net's maps, and adds to its features."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pe_models.nets.refiner import Refiner
from pe_models.nets.refining import RefinerReader
from pe_models.training.answers.features import has_features, read_features, write_features
from pe_models.training.answers.maps import with_refined
from pe_models.training.stages.refiner import RefinerStudies, refiner_stage
from pe_models.training.stages.runner import StageRunner
from pe_models.training.store import StudyRecord
from pe_models.training.store.maps import read_maps


def train_refiner(
    runner: StageRunner,
    net: Refiner,
    train: Sequence[StudyRecord],
    held_out: Sequence[StudyRecord],
    checkpoint_file: Path,
) -> None:
    """On those of the studies that say what their voxels are.

    Raises DatasetError where none of ``train`` does, or none of those holds a clot.
    """
    labelled, unseen = ([s for s in part if s.has_labels] for part in (train, held_out))
    config = replace(runner.config, refiner=runner.config.refiner.over(len(labelled)))
    studies = RefinerStudies(runner.run.maps_folder, labelled, unseen)
    parts = runner.parts(config.refiner)
    with refiner_stage(net, studies, config, runner.fabric.device, parts) as stage:
        runner.train(stage, config.refiner, checkpoint_file)


def write_refined(runner: StageRunner, net: Refiner, *, newer_than: Path) -> None:
    """Features of every study with what ``net`` adds, but for those that are newer than that."""
    run, params = runner.run, runner.config.preprocessing
    reader = RefinerReader.of(net, is_final=False)
    features = read_features(run.features_of(0), runner.store.studies)
    for study in runner.each_study("refined", runner.store.studies):
        if runner.resume and has_features(run.refined_folder, study, of=newer_than):
            continue
        maps = read_maps(run.maps_folder, study)
        whole = with_refined(features[study.key], reader, study, maps, params)
        write_features(run.refined_folder, study, whole)
    runner.fabric.barrier()
