"""Studies prepared on a cluster: the same store, and a worker that dies costs one study."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pe_models import cli
from pe_models.errors import DatasetError
from pe_models.phantom.cohort import write_cohort
from pe_models.progress import Cancelled, CancelToken
from pe_models.training.preparing.cluster import map_cluster
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.preparing.tables import read_labels
from pe_models.training.store import open_store

if TYPE_CHECKING:
    from distributed import LocalCluster

dask = pytest.importorskip("dask", reason="dask is not installed")
distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")


@contextmanager
def running(**options: object) -> "Iterator[LocalCluster]":
    defaults = {"n_workers": 1, "threads_per_worker": 2, "dashboard_address": ":0"}
    cluster = distributed.LocalCluster(**{**defaults, **options})
    with cluster:
        yield cluster


@pytest.fixture(scope="module")
def cluster() -> "Iterator[LocalCluster]":
    """In this process, on threads."""
    with running(processes=False) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cohort")
    return write_cohort(out, n_studies=3, seed=40, positive_fraction=0.4, matrix=64, n_slices=8)


def test_a_cluster_prepares_the_store_that_one_process_prepares(
    cluster: "LocalCluster", cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = prepare(Source(cohort / "train.csv", dicom=cohort), tmp_path / "alone")
    command = ["prepare", "--dicom", cohort, "--labels", cohort / "train.csv",
               "--out", tmp_path / "together", "--dask", cluster.scheduler_address]  # fmt: skip
    assert cli.main([str(word) for word in command]) == 0
    together = open_store(tmp_path / "together")
    assert [s.key for s in together.studies] == [s.key for s in alone.studies]
    assert [s.sha256 for s in together.studies] == [s.sha256 for s in alone.studies]
    assert "3 studies" in capsys.readouterr().out


def test_one_bad_study_fails_alone_on_a_cluster(
    cluster: "LocalCluster", cohort: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(cohort, tmp_path / "cohort")
    bad = read_labels(copy / "train.csv")[1].study_uid
    shutil.rmtree(copy / "train" / bad)
    source = Source(copy / "train.csv", dicom=copy)
    made = prepare(source, tmp_path / "store", dask=cluster.scheduler_address)
    assert len(made.studies) == 2
    assert [failure.study for failure in made.failed] == [bad[-8:]]


def test_results_come_in_order_and_failures_last(cluster: "LocalCluster") -> None:
    address = cluster.scheduler_address
    results = map_cluster(reciprocal, [4, 0, 2] * 5, address=address, on_lost=lambda *lost: lost)
    failed = (0, "its worker failed (ZeroDivisionError)")
    assert list(results) == [0.25, 0.5] * 5 + [failed] * 5


def test_a_cluster_is_left_when_asked_to(cluster: "LocalCluster") -> None:
    cancel = CancelToken()
    results = map_cluster(
        reciprocal, [1] * 100, address=cluster.scheduler_address, on_lost=lost, cancel=cancel
    )
    assert next(results) == 1
    cancel.cancel()
    with pytest.raises(Cancelled):
        list(results)


def test_an_address_where_no_scheduler_answers_is_named(cohort: Path, tmp_path: Path) -> None:
    source = Source(cohort / "train.csv", dicom=cohort)
    with pytest.raises(DatasetError, match="No dask scheduler answers at nonsense:"):
        prepare(source, tmp_path, dask="nonsense://here")


@pytest.mark.long
def test_a_study_that_kills_its_worker_fails_alone() -> None:
    # LocalCluster gives a worker up that is away for 15 s, however often it comes back.
    patient = {"distributed.deploy.lost-worker-timeout": "300s"}
    with (
        dask.config.set({**patient, "distributed.scheduler.allowed-failures": 0}),
        running(processes=True) as cluster,
    ):
        results = map_cluster(
            killed_by_3, range(4), address=cluster.scheduler_address, on_lost=lambda x, why: -x
        )
        assert sorted(results) == [-3, 0, 1, 2]


def reciprocal(x: int) -> float:
    return 1 / x


def killed_by_3(x: int) -> int:
    if x == 3:
        os._exit(1)
    return x


def lost(x: int, why: str) -> float:
    raise AssertionError(why)
