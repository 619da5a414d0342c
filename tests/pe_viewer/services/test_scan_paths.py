"""What the window scans: several paths together, at once the second time, and the same."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from pe_models import places
from pe_models.imaging.scan import scan_path
from pe_models.imaging.study import Scan
from pe_models.progress import CancelToken, ignore_progress
from pe_viewer.services.studies import scan_paths


def scan(*paths: Path) -> Scan:
    return scan_paths(paths, ignore_progress, CancelToken())


def test_two_paths_of_one_study_are_one_study(
    write_ct: Callable[..., object], tmp_path: Path
) -> None:
    write_ct(tmp_path / "one", series=1)
    write_ct(tmp_path / "two", series=2)

    (study,) = scan(tmp_path / "one", tmp_path / "two").studies

    assert [series.n_slices for series in study.series] == [12, 12]


def test_files_that_are_opened_together_are_one_series(
    write_ct: Callable[..., object], tmp_path: Path
) -> None:
    write_ct(tmp_path / "series")
    files = sorted((tmp_path / "series").iterdir())

    (study,) = scan(*files, files[0], tmp_path / "series").studies

    assert [(series.n_slices, series.n_files) for series in study.series] == [(12, 12)]


def test_the_best_of_several_paths_is_ranked_among_all(
    write_ct: Callable[..., object], tmp_path: Path
) -> None:
    write_ct(tmp_path / "one", series=1, n_slices=30, description="Thorax nativ")
    write_ct(tmp_path / "two", series=2, n_slices=30, description="CTPA")

    (study,) = scan(tmp_path / "one", tmp_path / "two").studies

    assert [(series.description, series.rank) for series in study.series] == [
        ("CTPA", 0),
        ("Thorax nativ", 1),
    ]


def test_a_scan_is_remembered_for_the_next_opening(
    write_ct: Callable[..., object], tmp_path: Path
) -> None:
    write_ct(tmp_path / "series")
    first = scan(tmp_path / "series")

    with sqlite3.connect(places.user_cache() / "headers.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM piece").fetchone() == (2,)
    connection.close()
    assert scan(tmp_path / "series") == first


@pytest.mark.parametrize(
    "name",
    [
        "lidc-chest",
        "rider-ctpa",
        "hilum-slabs",
        "nema-wg04-ct",
        "enhanced-ct",
        "duplicate-positions",
        "sbu-ctpa-slices",
    ],
)
def test_a_remembered_series_is_shown_as_a_fresh_one(real_data: Path, name: str) -> None:
    folder = real_data / name
    if not folder.exists():
        pytest.skip(f"{name} is not among the real CT data")
    scan(folder)

    assert scan(folder) == scan_path(folder)
