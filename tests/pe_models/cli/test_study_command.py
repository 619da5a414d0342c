"""`pe-models study`: from phantoms, or pictures in folders, to tables; and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pe_models import NOTICE, cli


def study(out: Path, *more: str) -> int:
    return cli.main(["study", "--preset", "tiny", "--device", "cpu", "--out", str(out), *more])


def _folders(folder: Path, n_patients: int = 12) -> Path:
    """Three slices of each patient; those of every other one show PE, as a square."""
    for number in range(3 * n_patients):
        patient, with_pe = number // 3, (number // 3) % 2 == 0
        grey = np.random.default_rng(number).integers(0, 90, (40, 40))
        grey[8:24, 8:24] += 150 * with_pe
        path = folder / ("positive" if with_pe else "negative") / f"{patient}_{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(grey.astype(np.uint8)).save(path)
    return folder


@pytest.mark.long
def test_one_command_goes_from_phantoms_to_tables(tmp_path: Path, capsys) -> None:
    assert study(tmp_path / "out", "--phantoms", "8") == cli.DONE
    said = capsys.readouterr()
    assert NOTICE in said.out
    assert "8 synthetic phantoms alone" in said.out
    assert "| vanilla |" in said.out
    assert "Skipped: resnet50-frozen" in said.out
    record = json.loads((tmp_path / "out" / "study-result.json").read_text())
    assert len({each["model"] for each in record["models"]}) == 12
    assert (tmp_path / "out" / "study.png").stat().st_size > 0


def test_folders_of_pictures_are_studied_and_tried_first(tmp_path: Path, capsys) -> None:
    data = _folders(tmp_path / "slices")
    out = tmp_path / "out"
    assert study(out, "--data", str(data), "--try-steps", "2") == cli.DONE
    said = capsys.readouterr().out
    assert "vanilla" in said
    assert "All of them:" in said
    assert not out.exists()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (("--phantoms", "0"), "--phantoms must be 1 or more"),
        (("--phantoms", "4", "--try-steps", "1"), "--try-steps must be 2 or more"),
    ],
)
def test_numbers_that_are_none_are_wrong_usage(
    tmp_path: Path, capsys, more: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        study(tmp_path / "out", *more)
    assert stop.value.code == cli.WRONG_USAGE
    assert reason in capsys.readouterr().err


def test_slices_are_wanted(tmp_path: Path, capsys) -> None:
    assert study(tmp_path / "out") == cli.WRONG_USAGE
    assert "--data --phantoms is required" in capsys.readouterr().err


def test_a_folder_of_something_else_is_refused_with_what_is_wanted(tmp_path: Path, capsys) -> None:
    assert study(tmp_path / "out", "--data", str(tmp_path)) == cli.FAILED
    assert "positive/ and negative/" in capsys.readouterr().err


def test_an_unknown_preset_is_refused(tmp_path: Path, capsys) -> None:
    data = _folders(tmp_path / "slices", 2)
    assert study(tmp_path / "out", "--data", str(data), "--preset", "huge") == cli.FAILED
    assert "original, laptop, tiny" in capsys.readouterr().err
