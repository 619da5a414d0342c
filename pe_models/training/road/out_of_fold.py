"""Embeddings by slice nets that never saw the study, for the sequence stage to learn from.

A slice net knows the slices it was trained on better than any others; a sequence net that learns
from those embeddings trusts them too much. So the training patients are dealt into folds, one slice
net is trained without each, and describes it. Its embeddings are then brought into the language of
the run's own slice net, whose embeddings are read when the bundle is used.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pe_models.findings import Crop
from pe_models.nets.load import SliceNet
from pe_models.training.answers.align import Alignment, AlignmentFit
from pe_models.training.answers.features import Features, has_features, write_features
from pe_models.training.answers.predict import SliceNetAt, slice_net_at
from pe_models.training.stages.dense import SliceStudies, slice_stage
from pe_models.training.stages.runner import StageRunner
from pe_models.training.store import StudyRecord
from pe_models.training.store.split import folds_by_patient
from pe_models.training.weights.nets import StageName, fill_from_file

_MOST_REFERENCES = 200
"""Studies that two nets are aligned on."""


@dataclass(frozen=True, slots=True, eq=False)
class FoldPlan:
    """One member's slice nets to be trained out of fold.

    ``own`` are the embeddings by the run's own slice net, ``fresh`` makes the net that each fold
    begins with.
    """

    n_folds: int
    member: int
    train: tuple[StudyRecord, ...]
    held_out: tuple[StudyRecord, ...]
    crops: Mapping[str, Crop]
    own: Features
    fresh: Callable[[], SliceNet]


def write_out_of_fold(runner: StageRunner, plan: FoldPlan, folder: Path) -> None:
    """Trains the folds' slice nets and writes to ``folder`` what they say of the training studies.

    Goes on where it stopped, where the runner resumes.
    """
    folds = folds_by_patient(plan.train, n_folds=plan.n_folds, name=runner.config.split)
    for fold, keys in enumerate(folds):
        unseen = tuple(study for study in plan.train if study.key in set(keys))
        checkpoint_file = runner.run.fold_file(fold, plan.n_folds, plan.member)
        own_file = runner.run.checkpoint_file(StageName.SLICE, plan.member)
        is_done = _are_written(folder, unseen, after=(checkpoint_file, own_file))
        if runner.resume and is_done:
            continue
        seen = tuple(study for study in plan.train if study.key not in set(keys))
        net = _train_fold(runner, plan, seen, unseen, checkpoint_file)
        # Held-out studies are new to both nets; a final run has none, and lets both speak of
        # what both saw.
        references = (plan.held_out or seen)[:_MOST_REFERENCES]
        alignment = align(net, references, plan.own)
        for study in runner.each_study("features", unseen):
            write_features(folder, study, alignment.apply(net.features(study)))
        runner.fabric.barrier()


def align(net: SliceNetAt, studies: Sequence[StudyRecord], own: Features) -> Alignment:
    """From the embeddings of ``net`` to ``own``, fitted on ``studies``."""
    fit = AlignmentFit()
    for study in studies:
        fit.add(net.features(study), own[study.key])
    return fit.solve()


def _train_fold(
    runner: StageRunner,
    plan: FoldPlan,
    seen: tuple[StudyRecord, ...],
    unseen: tuple[StudyRecord, ...],
    checkpoint_file: Path,
) -> SliceNetAt:
    config, device = runner.config.of_member(plan.member), runner.fabric.device
    n_slices = sum(study.n_slices for study in seen)
    config = replace(config, slice=config.slice.over(n_slices))
    net = plan.fresh()
    studies = SliceStudies(runner.store, seen, unseen, plan.crops)
    with slice_stage(net, studies, config, device, runner.parts(config.slice)) as stage:
        runner.train(stage, config.slice, checkpoint_file)
    fill_from_file(net, checkpoint_file, StageName.SLICE)
    return slice_net_at(net, runner.store, plan.crops, config.preprocessing, device)


def _are_written(
    folder: Path, studies: tuple[StudyRecord, ...], *, after: tuple[Path, ...]
) -> bool:
    """Whether the embeddings of all ``studies`` are newer than both of their slice nets."""
    return all(
        file.exists() and has_features(folder, study, of=file)
        for study in studies
        for file in after
    )
