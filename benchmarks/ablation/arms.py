"""Arms: the recipe with and without a mend, trained by the same seed on the same studies."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import torch

from benchmarks.ablation.mends import Mend
from pe_models.calibration import Calibration
from pe_models.errors import InputError
from pe_models.evaluation.estimators import Floats
from pe_models.evaluation.kept import Judged
from pe_models.evaluation.scores import StudyScores
from pe_models.evaluation.truth import truth_of_record
from pe_models.findings import Quality
from pe_models.judgement import JudgementRules, judge
from pe_models.phantom.files import whole_folder
from pe_models.progress import OnProgress, ignore_progress
from pe_models.training.answers.calibrate import HIGHEST_FLAG, mean_scores
from pe_models.training.answers.features import read_features
from pe_models.training.config import TrainConfig, with_settings
from pe_models.training.files import read_json
from pe_models.training.road.train import TrainOptions, train
from pe_models.training.run import RunFolder, RunState, StopRequested
from pe_models.training.store import Store
from pe_models.training.weights.nets import StageName, stages_of, trained_nets

_RAW: Final = JudgementRules(
    Calibration("nothing: an ablation compares raw scores"), None, HIGHEST_FLAG
)


@dataclass(frozen=True, slots=True)
class Arms:
    """Where and from what the arms of an ablation are trained; each is trained once and kept.

    Arms that differ in the sequence net alone share the slice net of the recipe without settings.
    """

    store: Store
    folder: Path
    config: TrainConfig
    options: TrainOptions
    on_progress: OnProgress = ignore_progress

    def pair(self, mend: Mend, seed: int) -> tuple[tuple[Judged, ...], tuple[Judged, ...]]:
        """Held-out studies as the recipe without the mend judges them, and as the mended does."""
        return (
            self._judged(self.run(mend.weak, mend.first, seed)),
            self._judged(self.run(mend.mended, mend.first, seed)),
        )

    def run(self, settings: tuple[str, ...], first: StageName, seed: int) -> RunFolder:
        """One arm, trained where it is not yet. Raises InputError where its folder has another."""
        config = with_settings(replace(self.config, seed=seed), settings)
        run = RunFolder(self.folder / f"seed-{seed}" / ("-".join(settings) or "recipe"))
        _refuse_another_arm(run, config, self.store)
        if _is_done(run):
            return run
        stages = stages_of(config)
        if settings and first is StageName.SEQUENCE:
            self.begin_with_slices(run, seed)
            stages = (StageName.SEQUENCE,)
        options = replace(self.options, resume=True)
        state = train(stages, self.store, run.folder, config, options, on_progress=self.on_progress)
        if state is not RunState.DONE:
            raise StopRequested
        return run

    def begin_with_slices(self, run: RunFolder, seed: int) -> None:
        """The nets and embeddings of the recipe, where ``run`` has none yet; embeddings last."""
        if run.features_of(0).exists():
            return
        recipe = self.run((), StageName.LOCALIZER, seed)
        run.checkpoint_file(StageName.SLICE).parent.mkdir(parents=True, exist_ok=True)
        for stage in (StageName.LOCALIZER, StageName.SLICE):
            shutil.copy2(recipe.checkpoint_file(stage), run.checkpoint_file(stage))
        shutil.copy2(recipe.boxes_file, run.boxes_file)
        with whole_folder(run.features_of(0)) as partial:
            shutil.copytree(recipe.features_of(0), partial, dirs_exist_ok=True)

    def _judged(self, run: RunFolder) -> tuple[Judged, ...]:
        held_out = set(read_json(run.split_file)["held_out"])
        studies = tuple(study for study in self.store.studies if study.key in held_out)
        features = read_features(run.features_of(0), studies)
        nets = [trained_nets(run, torch.device("cpu")).members[0].sequence]
        return tuple(
            Judged(truth_of_record(study), _scores(*mean_scores(nets, [features], study)))
            for study in studies
        )


def _refuse_another_arm(run: RunFolder, config: TrainConfig, store: Store) -> None:
    """Raises InputError where ``run`` was trained with other settings, or on other studies."""
    if run.config_file.exists() and run.config() != config:
        raise InputError(f"{run.folder} was trained with other settings; name another --out.")
    if run.split_file.exists():
        split = read_json(run.split_file)
        if {*split["train"], *split["held_out"]} != {study.key for study in store.studies}:
            raise InputError(f"{run.folder} was trained on other studies; name another --out.")


def _is_done(run: RunFolder) -> bool:
    """Whether it was trained to the end."""
    return run.state_file.exists() and read_json(run.state_file)["state"] == RunState.DONE


def _scores(image_raw: Floats, exam_raw: Floats) -> StudyScores:
    """Raw scores, made consistent; the CT is taken as good enough."""
    said = judge(image_raw, exam_raw, quality=Quality(), rules=_RAW)
    return StudyScores(
        image_raw=tuple(image_raw.tolist()),
        image=tuple(said.image.tolist()),
        exam=said.exam,
        verdict=said.verdict,
        zone=said.zone,
        flags=said.flags,
        flag_threshold=HIGHEST_FLAG,
        quality=(),
        marks=None,
        device="cpu",
        seconds=0.0,
    )
