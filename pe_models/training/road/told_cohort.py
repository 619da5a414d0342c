"""What a run is said to have been trained on."""

from collections.abc import Collection
from typing import Final

from pe_models.training.files import read_json
from pe_models.training.stages.runner import StageRunner
from pe_models.training.store.cohort import Cohort, describe_cohort
from pe_models.training.store.split import Split
from pe_models.training.weights.nets import StageName

_LEARN_MORE: Final = {StageName.SLICE: "n_more", StageName.REFINER: "n_more_refined"}
"""Stages that see further studies, and what counts these in the Cohort."""


def told_cohort(runner: StageRunner, split: Split, stages: Collection[StageName]) -> Cohort:
    """That of ``stages``, and of the further studies that nets learnt from which stay, or go on."""
    more, run = runner.more_crops, runner.run
    goes_on = runner.resume and more is None
    taught = [stage for stage in _LEARN_MORE if stage in stages and not goes_on]
    stay = [
        count
        for stage, count in _LEARN_MORE.items()
        if stage not in taught and run.checkpoint_file(stage).exists()
    ]
    cohort = describe_cohort(
        runner.store,
        split,
        more_crops=more if taught else None,
        counts=[_LEARN_MORE[stage] for stage in taught],
    )
    if not (stay and run.cohort_file.exists()):
        return cohort
    return cohort.with_more_of(Cohort.from_dict(read_json(run.cohort_file)), stay)
