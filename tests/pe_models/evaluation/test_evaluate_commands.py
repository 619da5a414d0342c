"""`pe-models evaluate` and `compare` on a cohort fixed in a file; what bad arguments end in."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pe_models import cli
from pe_models.bundle import ModelBundle, load_bundle, write_bundle
from pe_models.phantom.fixed_cohort import FixedCohort, cohort_text


def run(*words: object) -> int:
    return cli.main([str(word) for word in words])


def reports(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def other_bundle(tiny_bundle: ModelBundle, tmp_path: Path) -> ModelBundle:
    """The same nets, flagging from another threshold: another bundle."""
    files = {name: tiny_bundle.read(name) for name in tiny_bundle.files}
    spec = replace(tiny_bundle.spec, name="other", flag_threshold=0.4)
    return write_bundle(tmp_path / "other", spec, files)


def test_a_cohort_is_evaluated_resumed_and_compared(
    cohort_file: Path,
    tiny_bundle: ModelBundle,
    other_bundle: ModelBundle,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, scores = tmp_path / "out", tmp_path / "scores"
    studies = ["--cohort", cohort_file, "--scores", scores, "--device", "cpu"]
    both = [*studies, "--bundle", tiny_bundle.source, "--out", out]
    assert run("evaluate", *both, "--first", 2, "--progress", "json") == 0
    events = reports(capsys.readouterr().out)
    assert [e["done"] for e in events if e["event"] == "progress"] == [0, 1, 2]
    assert events[-1]["event"] == "done"
    figures = json.loads((out / "metrics.json").read_text())
    assert figures["cohort"] == "small, first 2"
    assert figures["bundle"]["sha256"] == tiny_bundle.sha256
    assert figures["froc"]["marks_by"] == "place"
    assert (out / "froc_levels.svg").exists()
    kept = {path: path.stat().st_mtime_ns for path in scores.rglob("*.json")}
    assert len(kept) == 2

    told = out.parent / "compared"
    command = ["compare", "--a", tiny_bundle.source, "--b", other_bundle.source, *studies]
    assert run(*command, "--first", 3, "--out", told) == 0
    assert "image_auc" in capsys.readouterr().out
    assert len(list(scores.rglob("*.json"))) == 6
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    comparison = json.loads((told / "comparison.json").read_text())
    assert comparison["n_studies"] == 3
    assert comparison["figures"]["image_auc"]["b_minus_a"]["value"] == 0.0
    assert {p.name for p in told.iterdir()} >= {"comparison.md", "froc.png", "differences.svg"}


def test_figures_are_kept_where_no_clot_lets_the_maps_be_tested(
    small_cohort: FixedCohort,
    tiny_bundle: ModelBundle,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, out = tmp_path / "without.json", tmp_path / "out"
    without = tuple(s for s in small_cohort.studies if not s.spec.is_positive)[:1]
    file.write_text(cohort_text(replace(small_cohort, studies=without)))
    command = ["evaluate", "--cohort", file, "--bundle", tiny_bundle.source, "--device", "cpu"]
    assert run(*command, "--out", out, "--faithfulness", 1) == 0
    assert "Faithfulness was not measured" in capsys.readouterr().err
    assert json.loads((out / "metrics.json").read_text())["faithfulness"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "none", "--faithfulness", "2"], "--faithfulness needs phantoms of a --cohort"),
        (["--data", "none", "--dicom-check", "2"], "--dicom-check writes phantoms of a --cohort"),
        (["--cohort", "none.json"], "none.json cannot be read: No such file"),
        (["--data", "none"], "There is no"),
        (["--cohort", "COHORT", "--first", "0"], "At least one study"),
        (["--cohort", "COHORT", "--bundle", "nowhere"], "no model bundle 'nowhere'"),
    ],
)
def test_a_bad_argument_gets_one_clear_line(
    cohort_file: Path,
    tiny_bundle: ModelBundle,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: Sequence[str],
    message: str,
) -> None:
    given = [cohort_file if word == "COHORT" else word for word in arguments]
    bundle = [] if "--bundle" in given else ["--bundle", tiny_bundle.source]
    assert run("evaluate", *given, *bundle, "--out", tmp_path / "out") == 1
    told = capsys.readouterr().err
    assert message in told
    assert len(told.splitlines()) == 1


def test_the_studies_must_be_named_one_way(
    cohort_file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for studies in ([], ["--cohort", cohort_file, "--data", tmp_path]):
        assert run("compare", "--a", "x", "--b", "y", *studies, "--out", tmp_path) == 2
    assert "--cohort" in capsys.readouterr().err


def test_a_bundle_is_not_compared_with_itself(
    cohort_file: Path, tiny_bundle: ModelBundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(tiny_bundle.source, copy)
    assert load_bundle(copy).sha256 == tiny_bundle.sha256
    bundles = ["--a", tiny_bundle.source, "--b", copy]
    assert run("compare", *bundles, "--cohort", cohort_file, "--out", tmp_path / "out") == 1
    assert "the same bundle" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
