"""`pe-models bundle` from outside: exit status and what is said."""

import json
import shutil
from pathlib import Path

import pytest

from pe_models import cli
from pe_models.bundle import MANIFEST, SEQUENCE_FILE, ModelBundle


def test_show_gives_the_manifest_as_json(
    tiny_bundle: ModelBundle, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bundle", "show", str(tiny_bundle.source)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == json.loads((tiny_bundle.source / MANIFEST).read_text())
    assert shown["sha256"] == tiny_bundle.sha256


def test_verify_refuses_a_changed_bundle_with_one_line(
    tiny_bundle: ModelBundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(tiny_bundle.source, copy)
    with (copy / SEQUENCE_FILE).open("ab") as file:
        file.write(b"x")
    assert cli.main(["bundle", "verify", str(copy)]) == 1
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert f"{SEQUENCE_FILE} was changed" in said.err


def test_exporting_what_is_no_run_fails_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["bundle", "export", "--run", str(tmp_path), "--out", str(tmp_path / "b")]
    assert cli.main(command) == 1
    assert "holds no training run" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["train", "evaluate", "features"])
def test_a_folder_that_is_no_store_is_refused(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rest = {"train": ["all"], "evaluate": ["--run", "r"], "features": ["--run", "r"]}[command]
    out = ["--out", str(tmp_path / "out")]
    assert cli.main([command, *rest, "--data", str(tmp_path), *out]) == 1
    assert "index.json" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_bundle_comes_into_use_by_hand_goes_back_and_can_be_deleted_then(
    tiny_bundle: ModelBundle, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bundle", "use", str(tiny_bundle.source)]) == 0
    assert cli.main(["bundle", "history"]) == 0
    said = capsys.readouterr().out
    assert "promoted: chosen by hand" in said
    assert said.splitlines()[-1] == f"In use: tiny 1, {tiny_bundle.sha256}"
    assert cli.main(["bundle", "delete", "tiny"]) == 1
    assert "is in use; promote another one" in capsys.readouterr().err
    assert cli.main(["bundle", "rollback"]) == 0
    assert "pe-phantom" in capsys.readouterr().out
    assert cli.main(["bundle", "delete", "tiny"]) == 0
    assert cli.main(["bundle", "show", "tiny"]) == 1


def test_a_bundle_of_a_newer_version_is_refused_with_its_reason(
    tiny_bundle: ModelBundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(tiny_bundle.source, newer)
    manifest = newer / MANIFEST
    record = json.loads(manifest.read_text()) | {"schema_version": 99}
    manifest.write_text(json.dumps(record))
    for action in ("import", "use"):
        assert cli.main(["bundle", action, str(newer)]) == 1
        assert "schema version 99; this program reads" in capsys.readouterr().err
