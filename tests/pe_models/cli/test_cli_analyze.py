"""``pe-models analyze``: findings appear whole, or a clear line says why not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pe_models import cli
from pe_models.bundle import ModelBundle
from pe_models.findings import Findings
from pe_models.phantom.cohort import write_study
from pe_models.phantom.spec import PhantomSpec


@pytest.fixture(scope="session")
def phantom_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantom") / "study"
    return write_study(folder, 900_001, PhantomSpec(matrix=96, n_slices=20))


@pytest.fixture
def analyze(tmp_path: Path, tiny_bundle: ModelBundle) -> Callable[..., int]:
    """``analyze(path, *options)`` with the tiny bundle on the CPU, into ``findings.json``."""

    def run(path: Path, *options: str) -> int:
        arguments = ["analyze", str(path), "--out", str(tmp_path / "findings.json")]
        return cli.main(
            [*arguments, "--bundle", str(tiny_bundle.source), "--device", "cpu", *options]
        )

    return run


def test_findings_of_a_phantom_are_written_whole(
    analyze: Callable[..., int], phantom_folder: Path, tmp_path: Path, tiny_bundle: ModelBundle
) -> None:
    assert analyze(phantom_folder) == cli.DONE
    text = (tmp_path / "findings.json").read_text()
    findings = Findings.from_json(text)
    assert findings.n_slices == 20
    assert findings.bundle == tiny_bundle.stamp()
    assert findings.timing_ms["read"] > 0
    assert findings.timing_ms["total"] > findings.timing_ms["read"]
    positions = [score.position_mm for score in findings.slices]
    assert positions == sorted(positions)
    assert [path.name for path in tmp_path.iterdir()] == ["findings.json"]


def test_two_runs_write_the_same_but_for_timing(
    analyze: Callable[..., int], phantom_folder: Path, tmp_path: Path
) -> None:
    records = []
    for _ in range(2):
        assert analyze(phantom_folder) == cli.DONE
        records.append(json.loads((tmp_path / "findings.json").read_text()))
        del records[-1]["timing_ms"]
    assert records[0] == records[1]


def test_the_terminal_shows_verdict_and_notice(
    analyze: Callable[..., int], phantom_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert analyze(phantom_folder) == cli.DONE
    shown = capsys.readouterr().out
    assert "Verdict of the model:" in shown
    assert "Research use only. Not for diagnosis." in shown
    assert "probability" not in shown


def test_json_progress_goes_through_the_stages_and_closes_with_done(
    analyze: Callable[..., int], phantom_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert analyze(phantom_folder, "--progress", "json") == cli.DONE
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    stages = [event["stage"] for event in events if event["event"] == "progress"]
    assert list(dict.fromkeys(stages))[-4:] == ["read", "localize", "slices", "sequence"]
    assert events[-1]["event"] == "done"
    assert events[-1]["verdict"] in {"positive", "negative", "indeterminate"}


def test_of_several_studies_it_is_said_which_series_is_analysed(
    analyze: Callable[..., int], phantom_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    both = tmp_path / "both"
    shutil.copytree(phantom_folder, both / "first")
    write_study(both / "second", 900_002, PhantomSpec(matrix=96, n_slices=20))

    assert analyze(both) == cli.DONE

    told = capsys.readouterr().err.splitlines()[0]
    series_uid = json.loads((tmp_path / "findings.json").read_text())["series"]["series_uid"]
    assert told.startswith("2 studies were found")
    assert series_uid in told


def test_an_mr_is_refused_in_words(
    analyze: Callable[..., int],
    write_ct: Callable[..., np.ndarray],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_ct(tmp_path / "mr", modality="MR")
    assert analyze(tmp_path / "mr") == cli.FAILED
    shown = capsys.readouterr().err
    assert "MR" in shown
    assert shown.count("\n") == 1
    assert not (tmp_path / "findings.json").exists()


def test_a_ct_without_lungs_is_refused_in_words(
    analyze: Callable[..., int],
    write_ct: Callable[..., np.ndarray],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_ct(tmp_path / "ct")
    assert analyze(tmp_path / "ct") == cli.FAILED
    assert "lung" in capsys.readouterr().err
    assert not (tmp_path / "findings.json").exists()


def test_a_folder_of_text_files_is_told_in_words(
    analyze: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("no CT")
    assert analyze(tmp_path / "notes") == cli.FAILED
    shown = capsys.readouterr().err
    assert "holds no images" in shown
    assert "one file was skipped" in shown


def test_an_empty_folder_is_told_in_words(
    analyze: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert analyze(tmp_path / "empty") == cli.FAILED
    assert "holds no images" in capsys.readouterr().err


def test_a_series_that_is_not_there_is_named_with_those_that_are(
    analyze: Callable[..., int],
    write_ct: Callable[..., np.ndarray],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_ct(tmp_path / "ct")
    assert analyze(tmp_path / "ct", "--series", "1.2.3") == cli.FAILED
    assert "1.2.826.0.1.9.1" in capsys.readouterr().err


def test_a_chosen_series_is_analysed_though_another_suits_better(
    analyze: Callable[..., int],
    write_ct: Callable[..., np.ndarray],
    phantom_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    both = tmp_path / "both"
    write_ct(both, series=4)
    for path in phantom_folder.rglob("*.dcm"):
        (both / path.name).write_bytes(path.read_bytes())
    assert analyze(both, "--series", "1.2.826.0.1.9.4") == cli.FAILED  # no lungs in that one
    assert "lung" in capsys.readouterr().err
    assert analyze(both) == cli.DONE


def test_a_bundle_that_is_not_there_is_told_in_words(
    analyze: Callable[..., int], phantom_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert analyze(phantom_folder, "--bundle", "no-such-bundle") == cli.FAILED
    assert "no-such-bundle" in capsys.readouterr().err


def test_an_unknown_task_is_told_in_words(
    analyze: Callable[..., int], phantom_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert analyze(phantom_folder, "--task", "fracture") == cli.FAILED
    assert "fracture" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_told_before_the_work(
    tmp_path: Path, phantom_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "missing" / "findings.json"
    assert cli.main(["analyze", str(phantom_folder), "--out", str(out)]) == cli.FAILED
    assert "does not exist" in capsys.readouterr().err
    assert cli.main(["analyze", str(phantom_folder), "--out", str(tmp_path)]) == cli.FAILED
    assert "is a folder" in capsys.readouterr().err
