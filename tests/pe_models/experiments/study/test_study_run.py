"""A study is carried out model by model, goes on where it stopped, and says what it left out."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from pe_models.bundle import load_picture_bundle
from pe_models.errors import DatasetError, InputError
from pe_models.experiments.study.carrying_out import Outcomes, StudyRun, carry_out
from pe_models.experiments.study.results import measure
from pe_models.experiments.study.study import export_chosen, run_study
from pe_models.experiments.study.trial import try_steps
from pe_models.imaging.volume import Volume
from pe_models.nets.pictures.inference import picture_scores
from pe_models.nets.pictures.load import load_picture_net
from pe_models.pipeline import open_pipeline
from pe_models.tasks import PE
from pe_models.tasks.summary import summary_scores
from pe_models.training.pictures.split import SplitBy

Study = Callable[..., StudyRun]


def _outcome_file(run: StudyRun, name: str, by: SplitBy) -> Path:
    model = next(model for model in run.models if model.name == name)
    return run.folder_of(model, by) / "outcome.json"


def test_each_model_is_scored_by_both_splits(carried_out: tuple[StudyRun, Outcomes]) -> None:
    _, outcomes = carried_out
    assert {(model.name, by) for model, by in outcomes.models} == {
        (name, by) for name in ("adam", "final") for by in SplitBy
    }
    for (_, by), outcome in outcomes.models.items():
        assert outcome.test.shape == outcomes.splits[by].test.shape
        assert ((outcome.test >= 0) & (outcome.test <= 1)).all()
        assert outcome.start == "random"


def test_what_is_easily_told_apart_is_and_the_best_by_recall_is_chosen(
    carried_out: tuple[StudyRun, Outcomes],
) -> None:
    result = measure(*carried_out)
    for by in SplitBy:
        best = next(each for each in result.of(by) if each.model.name == result.chosen[by])
        recalls = [each.validation.recall.value for each in result.of(by) if each.tells_apart]
        assert best.validation.recall.value == max(recalls)
        assert best.test.accuracy.value == 1.0


def test_a_frozen_backbone_without_published_weights_is_skipped_by_name(
    carried_out: tuple[StudyRun, Outcomes],
) -> None:
    _, outcomes = carried_out
    assert list(outcomes.skipped) == ["resnet50-frozen"]
    assert "test_resnet.safetensors" in outcomes.skipped["resnet50-frozen"]


def test_a_frozen_backbone_with_published_weights_is_carried_out(
    study: Study, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    published = timm.create_model("test_resnet", pretrained=False)
    save_file(published.state_dict(), tmp_path / "test_resnet.safetensors")
    run = study("resnet50-frozen", weights=tmp_path)
    outcomes = carry_out(run, resume=False)
    assert not outcomes.skipped
    assert {outcome.start for outcome in outcomes.models.values()} == {"published"}


def test_a_study_goes_on_with_what_is_missing_alone(study: Study) -> None:
    run = study("adam")
    before = carry_out(run, resume=False)
    done, missing = (_outcome_file(run, "adam", by) for by in (SplitBy.SLICE, SplitBy.PATIENT))
    written = done.stat().st_mtime_ns
    missing.unlink()
    after = carry_out(run, resume=True)
    assert done.stat().st_mtime_ns == written
    assert missing.exists()
    for key, outcome in after.models.items():
        assert np.allclose(outcome.test, before.models[key].test, atol=1e-5)


def test_a_finished_model_leaves_its_weights_and_no_checkpoint(
    carried_out: tuple[StudyRun, Outcomes],
) -> None:
    run, outcomes = carried_out
    for model, by in outcomes.models:
        folder = run.folder_of(model, by)
        assert (folder / "picture.safetensors").stat().st_size > 0
        assert not (folder / "checkpoints").exists()


def test_a_folder_that_holds_a_study_is_not_begun_anew(
    carried_out: tuple[StudyRun, Outcomes],
) -> None:
    run, _ = carried_out
    with pytest.raises(InputError, match="--resume"):
        carry_out(run, resume=False)


@pytest.mark.parametrize("changes", [{"seed": 2}, {"preset": "other"}])
def test_a_study_of_something_else_is_not_gone_on_with(
    carried_out: tuple[StudyRun, Outcomes], changes: dict[str, object]
) -> None:
    run, _ = carried_out
    if "preset" in changes:
        changes = {"preset": replace(run.preset, epochs=2.0)}
    with pytest.raises(InputError, match="other pictures or another preset"):
        carry_out(replace(run, **changes), resume=True)


def test_a_broken_outcome_is_named_and_not_trusted(study: Study) -> None:
    run = study("adam")
    carry_out(run, resume=False)
    _outcome_file(run, "adam", SplitBy.SLICE).write_text('{"test": [0.5]}')
    with pytest.raises(DatasetError, match=r"adam-by-slice.*delete it"):
        carry_out(run, resume=True)


def test_the_chosen_model_becomes_a_bundle_that_scores_as_it_did(
    carried_out: tuple[StudyRun, Outcomes], tmp_path: Path
) -> None:
    run, outcomes = carried_out
    result = measure(run, outcomes)
    made = export_chosen(run, outcomes, result)
    assert made is not None
    bundle = load_picture_bundle(made.source)
    assert (bundle.task, bundle.labels) == ("pe", ("pe_present_on_image",))
    net = load_picture_net(bundle, torch.device("cpu"))
    part = outcomes.splits[SplitBy.PATIENT].test
    chosen = next(m for m in run.models if m.name == result.chosen[SplitBy.PATIENT])
    scores = picture_scores(
        net, outcomes.arrays.small[part], bundle.spec.picture, torch.device("cpu")
    )[:, 0]
    wanted = outcomes.models[chosen, SplitBy.PATIENT].test
    assert np.allclose(scores, wanted, atol=0.02)  # float16 weights


def test_slices_that_are_not_those_of_a_ct_make_no_bundle(
    carried_out: tuple[StudyRun, Outcomes],
) -> None:
    run, outcomes = carried_out
    data = replace(run.data, are_of_ct=False)
    result = measure(run, outcomes)
    assert export_chosen(replace(run, data=data), outcomes, result) is None


def test_a_whole_study_leaves_tables_figures_and_a_bundle(study: Study) -> None:
    run = study("adam")
    run_study(run)
    names = {path.name for path in run.folder.iterdir()}
    assert names >= {
        "study.csv", "study.md", "study-result.json", "study.png", "study.svg", "prevalence.png",
        "prevalence.svg", "bundle", "models", "study.json",
    }  # fmt: skip


def test_a_trial_times_each_model_and_leaves_nothing(study: Study) -> None:
    run = study("short", "long", "resnet50-frozen")
    short, long = try_steps(run, 3)
    assert (short.model, long.model) == ("short", "long")
    assert long.n_steps == 4 * short.n_steps
    assert short.n_tried == 2
    assert short.seconds == pytest.approx(2 * short.n_steps * short.step_seconds)
    assert short.step_seconds > 0
    assert not run.folder.exists()


def test_the_bundle_of_a_study_scores_and_maps_each_slice_of_a_chest(
    carried_out: tuple[StudyRun, Outcomes], tiny_chest: Volume
) -> None:
    run, outcomes = carried_out
    bundle = export_chosen(run, outcomes, measure(run, outcomes))
    assert bundle is not None
    analysis = open_pipeline(bundle, "cpu").analyze(tiny_chest)
    assert [set(found.scores) for found in analysis.findings.slices] == (
        [{"pe_present_on_image"}] * tiny_chest.n_slices
    )
    shown = summary_scores(analysis.findings, PE)
    assert shown.max() == analysis.findings.exam["pe_present_on_image"].raw
    assert len(analysis.heatmaps) == tiny_chest.n_slices
    assert np.isfinite(analysis.heatmaps[0].values).all()
