"""The ablation: every mend can be taken back, pairs are paired, an effect is told from none."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.ablation.ablate import main, mends_of, table, verdict
from benchmarks.ablation.arms import Arms
from benchmarks.ablation.effect import Effect, effects
from benchmarks.ablation.mends import MENDS, SMALL, Mend
from pe_models.errors import InputError
from pe_models.evaluation.kept import Judged
from pe_models.evaluation.scores import StudyScores
from pe_models.evaluation.truth import StudyTruth
from pe_models.findings import ExamScore, Verdict
from pe_models.labels import EXAM_LABELS, NEGATIVE
from pe_models.phantom.cohort import write_cohort
from pe_models.training.config import with_settings
from pe_models.training.files import write_json
from pe_models.training.loop.checkpoint import load_checkpoint
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.road.train import TrainOptions
from pe_models.training.run import RunFolder
from pe_models.training.store import Store, StudyRecord
from pe_models.training.weights.nets import StageName

N_STUDIES, N_SLICES = 40, 12

TINY = (
    "localizer_backbone=test_efficientnet", "slice_backbone=test_efficientnet",
    "localizer.steps=2", "slice.steps=2", "sequence.steps=3", "slice.batch_size=2",
    "localizer.batch_size=2", "sequence.batch_size=2", "preprocessing.pixel_mm=4.0",
    "preprocessing.localizer_px=64", "hidden=8", "bottleneck=8",
)  # fmt: skip


def cohort_judged(signal: float, seed: int) -> tuple[Judged, ...]:
    """Studies every other one of which has a clot; ``signal`` sets its slices off from noise."""
    rng = np.random.default_rng(seed)
    return tuple(judged(f"s{k}", k % 2 == 0, signal, rng) for k in range(N_STUDIES))


def judged(name: str, is_positive: bool, signal: float, rng: np.random.Generator) -> Judged:
    image = [int(is_positive and 4 <= k < 7) for k in range(N_SLICES)]
    scores = 1 / (1 + np.exp(-(rng.normal(size=N_SLICES) + signal * np.array(image))))
    exam = {label: int(label == NEGATIVE and not is_positive) for label in EXAM_LABELS}
    p = ExamScore(0.5, 0.5, 0.5)
    return Judged(
        StudyTruth(name=name, image=tuple(image), exam=exam, emboli=None, traits={}),
        StudyScores(
            image_raw=tuple(scores.tolist()), image=tuple(scores.tolist()),
            exam=dict.fromkeys(EXAM_LABELS, p), verdict=Verdict.NEGATIVE, zone=None, flags=(),
            flag_threshold=0.5, quality=(), marks=None, device="cpu", seconds=0.0,
        ),
    )  # fmt: skip


@pytest.mark.parametrize("mend", MENDS.values(), ids=list(MENDS))
def test_both_arms_of_every_mend_are_configurations_that_differ(mend: Mend) -> None:
    without, mended = with_settings(SMALL, mend.weak), with_settings(SMALL, mend.mended)
    assert without != mended
    if mend.first is StageName.SEQUENCE:
        assert without.slice == mended.slice
        assert without.preprocessing == mended.preprocessing == SMALL.preprocessing


def test_every_switch_of_the_winners_recipe_has_a_mend() -> None:
    assert "".join(mend.letter for mend in MENDS.values())[:8] == "abcdehij"


def test_arms_that_say_the_same_have_no_effect() -> None:
    arm = cohort_judged(1.0, seed=3)
    found = effects([(arm, arm), (arm, arm)])
    assert found["image_auc"].difference == found["image_auc"].low == found["image_auc"].high == 0
    assert not found["image_auc"].is_clear
    assert verdict(found) == "no clear effect"


def test_arms_that_differ_by_chance_alone_have_no_clear_effect() -> None:
    pairs = [(cohort_judged(1.0, seed=s), cohort_judged(1.0, seed=100 + s)) for s in (1, 2, 3)]
    assert not effects(pairs)["image_auc"].is_clear


def test_a_mend_that_helps_with_every_seed_has_a_clear_effect() -> None:
    pairs = [(cohort_judged(0.5, seed=s), cohort_judged(3.0, seed=100 + s)) for s in (1, 2, 3)]
    effect = effects(pairs)["image_auc"]
    assert effect.is_clear
    assert effect.low < effect.difference < effect.high
    assert effect.difference == pytest.approx(np.mean(effect.by_seed))
    assert effect.mended - effect.without == pytest.approx(effect.difference)


def test_a_mend_that_helps_with_one_seed_of_three_is_not_clear() -> None:
    """Seeds are drawn too: eight of 27 draws have no lucky one."""
    same = [(cohort_judged(1.0, seed=s), cohort_judged(1.0, seed=s)) for s in (1, 2)]
    lucky = (cohort_judged(0.5, seed=3), cohort_judged(3.0, seed=103))
    assert not effects([*same, lucky])["image_auc"].is_clear


def test_the_table_sets_clear_effects_in_bold() -> None:
    clear = Effect(0.8, 0.9, 0.1, 0.05, 0.15, (0.1, 0.1))
    unclear = replace(clear, low=-0.1)
    text = table({"steps": {"image_auc": clear}, "padding": {"image_auc": unclear}}, n_seeds=2)
    assert "**+0.100 (+0.050 to +0.150)**" in text
    assert "| +0.100 (-0.100 to +0.150) |" in text
    assert "Research use only. Not for diagnosis." in text


def test_a_mend_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="no mend 'flips'; there are window"):
        mends_of("padding,flips")


@pytest.fixture
def arms(tmp_path: Path) -> Arms:
    """Of a recipe that is said to be trained already, on two studies."""
    made = Arms(Store(tmp_path, studies("ab"), (), False), tmp_path, SMALL, TrainOptions("cpu"))
    run = RunFolder(tmp_path / "seed-1" / "recipe")
    write_json(run.config_file, replace(SMALL, seed=1).to_dict())
    write_json(run.split_file, {"train": ["a"], "held_out": ["b"]})
    write_json(run.state_file, {"state": "done"})
    return made


def studies(keys: str) -> tuple[StudyRecord, ...]:
    return tuple(
        StudyRecord(
            key, key, key, key, (), (), {}, {}, "", None, (1, 1, 1), (1.0,) * 3, None, "", ""
        )
        for key in keys
    )


def test_an_arm_of_other_settings_or_studies_is_refused(arms: Arms) -> None:
    """Its weights would be told as those of the new ones."""
    assert arms.run((), StageName.SLICE, 1).folder.name == "recipe"
    other = replace(arms, config=with_settings(SMALL, ["slice.learning_rate=0.5"]))
    with pytest.raises(InputError, match="trained with other settings"):
        other.run((), StageName.SLICE, 1)
    other = replace(arms, store=replace(arms.store, studies=studies("abc")))
    with pytest.raises(InputError, match="trained on other studies"):
        other.run((), StageName.SLICE, 1)


def test_embeddings_whose_copy_was_cut_short_are_copied_anew(
    arms: Arms, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = RunFolder(arms.folder / "seed-1" / "recipe")
    nets = (recipe.checkpoint_file(stage) for stage in (StageName.LOCALIZER, StageName.SLICE))
    features = (recipe.features_of(0) / f"{key}.npy" for key in "ab")
    for path in (*nets, *features, recipe.boxes_file):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    run, copytree = RunFolder(arms.folder / "seed-1" / "arm"), shutil.copytree

    def dies_at_the_second(source: Path, target: Path, **more: bool) -> None:
        copytree(source, target, ignore=lambda _, names: {"b.npy"} & {*names}, **more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copytree", dies_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            arms.begin_with_slices(run, 1)
    arms.begin_with_slices(run, 1)
    assert {path.name for path in run.features_of(0).iterdir()} == {"a.npy", "b.npy"}


@pytest.mark.long
def test_two_mends_are_measured_from_training_to_table(tmp_path: Path) -> None:
    cohort = write_cohort(
        tmp_path / "c", n_studies=8, seed=300, positive_fraction=0.5, matrix=64, n_slices=16
    )
    store = prepare(Source(cohort / "train.csv", dicom=cohort), tmp_path / "store")
    out = tmp_path / "ablation"
    settings = [word for setting in TINY for word in ("--set", setting)]
    command = ["--data", str(store.folder), "--out", str(out), "--mends", "padding,scale",
               "--seeds", "1,2", "--device", "cpu", *settings]  # fmt: skip
    main(command)
    record = json.loads((out / "effects.json").read_text())
    assert set(record) == {"padding", "scale"}
    assert len(record["padding"]["image_auc"]["by_seed"]) == 2
    runs = {run.name: RunFolder(run) for run in (out / "seed-1").iterdir()}
    assert len(runs) == 4
    shared = runs["sequence_steps=192"].checkpoint_file("slice")
    assert shared.read_bytes() == runs["recipe"].checkpoint_file("slice").read_bytes()
    before = shared.stat().st_mtime_ns
    main(command)
    assert shared.stat().st_mtime_ns == before
    assert load_checkpoint(shared, "slice").step == 2
