"""The whole circle on tiny phantoms: data, training, comparison, gate, promotion or refusal."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pe_models.bundle import (
    LOCALIZER_FILE,
    SEQUENCE_FILE,
    SLICE_CLASSIFIER_FILE,
    ModelBundle,
    bundle_in_use,
    load_bundle,
)
from pe_models.errors import BundleError, DatasetError, TrainingError
from pe_models.evaluation.gate import StudySet
from pe_models.progress import Progress
from pe_models.retraining.circle import carry_out
from pe_models.retraining.folder import RetrainFolder, lock_file, status_of
from pe_models.retraining.order import AS_IN_USE
from pe_models.retraining.promoting import promote_candidate
from pe_models.training.files import read_json, write_json
from pe_models.training.run import RunState
from pe_models.training.run.lock import RunLock

MakeRun = Callable[..., RetrainFolder]


@pytest.mark.long
def test_the_whole_circle_ends_in_a_decision_and_leaves_the_bundle_in_use(
    make_run: MakeRun, safety: Path, in_use: ModelBundle
) -> None:
    run = make_run()
    reports: list[Progress] = []
    assert carry_out(run, safety=safety, on_progress=reports.append) is RunState.DONE
    assert status_of(run).state is RunState.DONE
    decision = run.decision()
    assert decision is not None
    assert {check.criterion.studies for check in decision.checks} == set(StudySet)
    assert bundle_in_use().sha256 == in_use.sha256
    sets = read_json(run.sets_file)
    assert not set(sets["compared"]) & set(sets["trained"])
    split = read_json(run.training.split_file)
    assert {*split["train"], *split["held_out"]} == set(sets["trained"])
    stages = list(dict.fromkeys(report.stage for report in reports))
    assert stages == [
        "phantom", "localizer", "crops", "slice", "features", "sequence", "held-out, in use",
        "held-out, candidate", "safety, in use", "safety, candidate", "faithfulness",
    ]  # fmt: skip
    assert read_json(run.rates_file)["seconds"]["phantom"] > 0
    curves = read_json(run.comparison / "held-out" / "curves.json")
    assert set(curves["tracks"]) == set(sets["compared"])
    faithful = read_json(run.comparison / "safety" / "faithfulness.json")
    assert set(faithful) == {"a", "b"}


@pytest.mark.long
def test_a_candidate_comes_into_use_only_where_the_gate_lets_it(
    make_run: MakeRun, safety: Path, in_use: ModelBundle
) -> None:
    run = make_run()
    carry_out(run, safety=safety)
    record = read_json(run.gate_file)
    for check in record["decision"]["checks"]:
        check["difference"] = -0.5
    write_json(run.gate_file, record)
    with pytest.raises(BundleError, match="refused this candidate"):
        promote_candidate(run)
    for check in record["decision"]["checks"]:
        check["difference"] = 0.1
    record["decision"]["problems"] = []
    write_json(run.gate_file, record)
    assert promote_candidate(run).name == run.name
    assert bundle_in_use().name == run.name
    record["candidate"]["sha256"] = "0" * 64
    write_json(run.gate_file, record)
    with pytest.raises(BundleError, match="changed since it was compared"):
        promote_candidate(run)


@pytest.mark.long
def test_a_stopped_retraining_goes_on_to_its_end(
    make_run: MakeRun, safety: Path, in_use: ModelBundle
) -> None:
    run = make_run(settings=("slice.steps=40", "slice.checkpoint_every=10"))

    def stop_in_the_middle(progress: Progress) -> None:
        if progress.stage == "slice" and progress.done == 15:
            run.run.stop_file.touch()

    assert carry_out(run, safety=safety, on_progress=stop_in_the_middle) is RunState.STOPPED
    assert status_of(run).state is RunState.STOPPED
    assert run.decision() is None
    with pytest.raises(BundleError, match="not compared yet"):
        promote_candidate(run)
    seen: list[Progress] = []
    assert carry_out(run, safety=safety, on_progress=seen.append) is RunState.DONE
    assert min(p.done for p in seen if p.stage == "slice") == 16


@pytest.mark.long
def test_one_stage_alone_keeps_the_other_nets_of_the_bundle_in_use(
    make_run: MakeRun, safety: Path, in_use: ModelBundle
) -> None:
    first = make_run()
    carry_out(first, safety=safety)
    _let_pass(first)
    promoted = promote_candidate(first)
    second = make_run("retrained-2", stages=("sequence",), start="in use")
    assert carry_out(second, safety=safety) is RunState.DONE
    candidate = load_bundle(second.bundle)
    same = [f for f in (LOCALIZER_FILE, SLICE_CLASSIFIER_FILE, SEQUENCE_FILE)
            if candidate.files[f] == promoted.files[f]]  # fmt: skip
    assert same == [LOCALIZER_FILE, SLICE_CLASSIFIER_FILE]


def test_a_bundle_of_other_nets_is_no_start_and_nothing_is_made(
    make_run: MakeRun, safety: Path, in_use: ModelBundle
) -> None:
    run = make_run(start="in use", has_store=False)
    with pytest.raises(TrainingError, match="others than those of preset tiny"):
        carry_out(run, safety=safety)
    assert status_of(run).state is RunState.FAILED
    assert not run.store.exists()


def test_the_preset_of_the_bundle_in_use_is_named_in_the_order_before_anything_is_made(
    make_run: MakeRun, safety: Path, in_use: ModelBundle
) -> None:
    run = make_run(preset=AS_IN_USE, start="in use", has_store=False)

    def stop_at_once(progress: Progress) -> None:
        run.run.stop_file.touch()

    assert carry_out(run, safety=safety, on_progress=stop_at_once) is RunState.STOPPED
    assert run.order().preset == "tiny-pooled"


def test_too_few_patients_are_refused_before_anything_is_made(
    make_run: MakeRun, safety: Path
) -> None:
    run = make_run(n_studies=4, has_store=False)
    with pytest.raises(DatasetError, match="there are 2 and 2"):
        carry_out(run, safety=safety)
    assert not run.store.exists()
    assert "there are 2 and 2" in json.loads(run.run.state_file.read_text())["message"]


def test_two_trainings_at_once_are_refused(make_run: MakeRun, safety: Path) -> None:
    run = make_run(has_store=False)
    with RunLock(lock_file()), pytest.raises(TrainingError, match="trains here already"):
        carry_out(run, safety=safety)
    assert not run.run.state_file.exists()


def _let_pass(run: RetrainFolder) -> None:
    """Rewrites what the gate found, as if the candidate were the better one."""
    record = read_json(run.gate_file)
    for check in record["decision"]["checks"]:
        check["difference"] = 0.1
    record["decision"]["problems"] = []
    write_json(run.gate_file, record)


FULL_DISK = """
import resource, sys
from pe_models import cli
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
sys.exit(cli.main(["retrain", sys.argv[1], "--safety", sys.argv[2], "--progress", "quiet"]))
"""


@pytest.mark.long
def test_a_full_disk_ends_a_run_with_its_reason_and_it_goes_on_when_there_is_room(
    make_run: MakeRun, safety: Path, in_use: ModelBundle
) -> None:
    run = make_run()
    done = subprocess.run(
        (sys.executable, "-c", FULL_DISK, str(run.folder), str(safety)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "make room on the disk, then go on" in done.stderr
    assert status_of(run).state is RunState.FAILED
    assert bundle_in_use().sha256 == in_use.sha256
    assert carry_out(run, safety=safety) is RunState.DONE
