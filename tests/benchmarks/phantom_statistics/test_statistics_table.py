"""The table is markdown, phantom beside real; the whole command runs on real CT."""

import sys
from pathlib import Path

import pytest

from benchmarks.phantom_statistics import table
from benchmarks.phantom_statistics.rows import Row
from benchmarks.phantom_statistics.subjects import REAL_SERIES, phantom_subject
from pe_models.errors import InputError
from pe_models.phantom.sampler import PhantomSampler
from pe_models.phantom.spec import Kernel, PhantomSpec


def test_rows_stand_below_their_heading() -> None:
    assert table.markdown("images", [Row("fat", "-99", "-101")]).splitlines() == [
        "| images | phantom | real |",
        "|---|---|---|",
        "| fat | -99 | -101 |",
    ]


def test_a_phantom_is_measured_in_slices_over_its_lungs() -> None:
    spec = PhantomSpec(matrix=128, n_slices=30, kernel=Kernel.SHARP, is_positive=False, mimics=())
    sampler = PhantomSampler.plan(2, spec)
    subject = phantom_subject(sampler, 4)
    assert subject.kernel is Kernel.SHARP
    assert len(subject.slices) == 4
    assert subject.slices[0].pixel_mm == sampler.geometry.spacing_mm[1]
    first, last = subject.slices[0].hu, subject.slices[-1].hu
    assert (first == sampler.plane(6).hu).all()
    assert (last == sampler.plane(25).hu).all()


def test_a_missing_series_is_named(tmp_path: Path) -> None:
    (tmp_path / "rider-ctpa").mkdir()
    rider = next(series for series in REAL_SERIES if series.name == "rider-ctpa")
    with pytest.raises(InputError, match="rider-ctpa"):
        rider.read(tmp_path)


@pytest.mark.long
def test_the_command_prints_every_part(
    real_data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--studies", "2", "--positive", "3", "--exams", "500", "--slices", "3"]
    monkeypatch.setattr(sys, "argv", ["table", "--data", str(real_data), *arguments])
    table.main()
    printed = capsys.readouterr().out
    for part in ("images", "arteries", "emboli of 3 studies", "labels of 500 exams"):
        assert f"| {part} | phantom | real |" in printed
