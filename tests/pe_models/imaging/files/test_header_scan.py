"""Scanning reports how far it is, stops when asked to, and survives what others do meanwhile."""

import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from pe_models.imaging.files.cache import HeaderCache
from pe_models.imaging.files.pacing import PacedReports
from pe_models.imaging.scan import scan_path
from pe_models.progress import Cancelled, CancelToken

N_COPIES = 30


@pytest.fixture
def folder(write_series, series_hu) -> Path:
    """90 slices."""
    return write_series(hu=np.concatenate([series_hu] * N_COPIES)).folder


def zipped(folder: Path) -> Path:
    return Path(shutil.make_archive(str(folder), "zip", folder))


@pytest.mark.parametrize("as_zip", [False, True])
def test_progress_never_falls_and_ends_at_the_total(folder, as_zip):
    reports = []
    scan_path(zipped(folder) if as_zip else folder, on_progress=reports.append)
    reports = [report for report in reports if report.stage == "scan"]

    done = [report.done for report in reports]
    assert done == sorted(done)
    assert all(report.done <= report.total for report in reports)
    assert reports[-1].done == reports[-1].total == 90 + as_zip


def test_the_total_is_told_before_the_first_file_is_read(folder):
    reports = []
    scan_path(folder, on_progress=reports.append)

    assert [(report.stage, report.done, report.total) for report in reports[:2]] == [
        ("list", 64, 0),
        ("scan", 0, 90),
    ]


def test_a_remembered_scan_tells_that_it_is_done(folder):
    reports = []
    scan_path(folder, cache=HeaderCache())
    scan_path(folder, cache=HeaderCache(), on_progress=reports.append)

    assert (reports[-1].done, reports[-1].total) == (90, 90)


def test_reports_come_at_most_twenty_times_a_second():
    reports = []
    paced = PacedReports("scan", reports.append)
    began = time.perf_counter()

    for done in range(20_000):
        paced.tell(done, 20_000)
    paced.tell_surely(20_000, 20_000)

    assert 1 < len(reports) <= 2 + (time.perf_counter() - began) / 0.05
    assert reports[-1].done == 20_000


@pytest.mark.parametrize("as_zip", [False, True])
def test_cancelling_within_ends_the_scan_and_its_reports(folder, as_zip):
    cancel, reports = CancelToken(), []

    def cancel_at_once(progress):
        reports.append(progress)
        cancel.cancel()

    with pytest.raises(Cancelled):
        scan_path(zipped(folder) if as_zip else folder, on_progress=cancel_at_once, cancel=cancel)

    assert len(reports) == 1


def test_a_cancelled_scan_is_not_remembered(folder):
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        scan_path(folder, cache=HeaderCache(), on_progress=lambda _: cancel.cancel(), cancel=cancel)

    assert scan_path(folder, cache=HeaderCache()) == scan_path(folder)


def test_a_file_that_vanishes_after_it_was_listed_is_skipped_by_name(folder):
    def vanish(progress):
        (folder / "IM0050").unlink(missing_ok=True)

    scan = scan_path(folder, on_progress=vanish)

    assert [(file.path.name, file.reason) for file in scan.skipped] == [
        ("IM0050", "not readable: it does not exist")
    ]


def test_a_file_that_is_cut_off_after_it_was_listed_is_skipped_by_name(folder):
    def cut(progress):
        (folder / "IM0050").write_bytes((folder / "IM0051").read_bytes()[:700])

    scan = scan_path(folder, on_progress=cut)

    assert [(file.path.name, file.reason) for file in scan.skipped] == [
        ("IM0050", "the file ends within its header (truncated)")
    ]


def test_what_changed_while_it_was_scanned_is_read_anew_the_next_time(folder):
    def change(progress):
        file = folder / "IM0090"  # the lowest slice, which speaks for the series
        file.write_bytes(file.read_bytes().replace(b"CTPA 1.0", b"CTPA 2.0"))

    scan_path(folder, cache=HeaderCache(), on_progress=change)

    assert scan_path(folder, cache=HeaderCache()) == scan_path(folder)
