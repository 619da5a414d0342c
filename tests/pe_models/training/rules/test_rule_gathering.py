"""A store becomes examples, kept study by study; the command writes a bundle with rules."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pe_models.bundle import ModelBundle, load_bundle
from pe_models.cli import main
from pe_models.errors import DatasetError
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.tissues import Tissue
from pe_models.pipeline import Pipeline
from pe_models.placing.rules import PlaceRules
from pe_models.progress import Cancelled, CancelToken, Progress
from pe_models.training.rules.examples import StudyExamples
from pe_models.training.rules.gathering import gather
from pe_models.training.rules.writing import FittedRules, read_rules
from pe_models.training.store import Store


@pytest.fixture(scope="module")
def pipeline(dense_bundle: ModelBundle) -> Pipeline:
    """Every slice is flagged, so that every embolus lies on a flag; its maps see clots anywhere."""
    made = Pipeline(dense_bundle, "cpu")
    made._rules = replace(made._rules, flag_threshold=0.01)
    net = made.slice_net
    assert isinstance(net, DenseSliceNet)
    with torch.no_grad():
        net.maps.bias[Tissue.CLOT] += 3.0
    return made


@pytest.fixture(scope="module")
def kept(cut_store: Store, pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    gather(cut_store, pipeline, folder)
    return folder


def gathered(store: Store, pipeline: Pipeline, kept: Path) -> list[StudyExamples]:
    return gather(store, pipeline, kept)


def test_every_study_has_its_labels_and_evidence(
    cut_store: Store, pipeline: Pipeline, kept: Path
) -> None:
    examples = gathered(cut_store, pipeline, kept)
    assert len(examples) == len(cut_store.studies)
    for study, found in zip(cut_store.studies, examples, strict=True):
        assert found.exam == {label: study.exam[label] for label in found.exam}
        assert set(found.net_scores) == set(found.exam)
        assert bool(found.places) == study.is_positive


def test_what_is_kept_is_not_analysed_again(
    cut_store: Store, pipeline: Pipeline, kept: Path
) -> None:
    reports: list[Progress] = []
    cancel = CancelToken()
    before = {path: path.stat().st_mtime_ns for path in kept.rglob("*.json")}
    gather(cut_store, pipeline, kept, on_progress=reports.append, cancel=cancel)
    assert {path: path.stat().st_mtime_ns for path in kept.rglob("*.json")} == before
    assert [(p.done, p.total) for p in reports] == [(k, 4) for k in range(1, 5)]


@pytest.mark.parametrize("changed", ["source", "labels_sha256", "sha256"])
def test_a_study_that_was_prepared_anew_is_analysed_again(
    cut_store: Store, pipeline: Pipeline, tmp_path: Path, changed: str
) -> None:
    study = cut_store.studies[0]
    turned = {label: None if v is None else 1 - v for label, v in study.exam.items()}
    anew = replace(study, exam=turned, **{changed: "f" * 64})
    for one in (study, anew):
        (examples,) = gather(replace(cut_store, studies=(one,)), pipeline, tmp_path)
        assert examples.exam == {label: one.exam[label] for label in examples.exam}


def test_a_cancelled_gathering_goes_on_where_it_stopped(
    cut_store: Store, pipeline: Pipeline, kept: Path, tmp_path: Path
) -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        gather(cut_store, pipeline, tmp_path, on_progress=lambda _: cancel.cancel(), cancel=cancel)
    assert len(list(tmp_path.rglob("*.json"))) == 1
    assert gathered(cut_store, pipeline, tmp_path) == gathered(cut_store, pipeline, kept)


def test_no_uid_stands_in_what_is_kept(cut_store: Store, kept: Path) -> None:
    words = "".join(f"{path} {path.read_text()}" for path in kept.rglob("*.json"))
    assert not any(study.study_uid in words for study in cut_store.studies)


def test_nets_without_maps_are_refused(
    cut_store: Store, tiny_bundle: ModelBundle, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match="no maps"):
        gather(cut_store, Pipeline(tiny_bundle, "cpu"), tmp_path)


def test_the_command_writes_the_bundle_with_rules(
    cut_store: Store, dense_bundle: ModelBundle, kept: Path, tmp_path: Path
) -> None:
    """Both positive phantoms have emboli on both sides, so that labels of one are changed."""
    for place, path in enumerate(sorted(kept.rglob("*.json"))):
        record = json.loads(path.read_text())
        record["examples"]["exam"] = dict.fromkeys(record["examples"]["exam"], place % 2)
        copy = tmp_path / "kept" / path.relative_to(kept)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(json.dumps(record))
    made, again = tmp_path / "made", tmp_path / "again"
    common = ["bundle", "fit-rules", "--bundle", str(dense_bundle.source)]
    fitted = ["--data", str(cut_store.folder), "--kept", str(tmp_path / "kept")]
    assert main([*common, *fitted, "--out", str(made)]) == 0
    rules = load_bundle(str(made)).places
    assert rules is not None
    assert rules.exam_sides is not None
    assert rules.fitted_on == f"4 studies of {cut_store.folder.name}"
    assert read_rules(tmp_path / "kept" / "rules.json") == FittedRules(rules)
    before = ["--rules", str(tmp_path / "kept" / "rules.json")]
    assert main([*common, *before, "--out", str(again)]) == 0
    assert load_bundle(str(again)).sha256 == load_bundle(str(made)).sha256


def test_a_file_that_holds_no_rules_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text('{"least_score": 0.5}')
    with pytest.raises(DatasetError, match="no fitted rules"):
        read_rules(path)


def test_a_bundle_without_rules_has_none(dense_bundle: ModelBundle) -> None:
    assert dense_bundle.places is None
    assert PlaceRules().levels is None
