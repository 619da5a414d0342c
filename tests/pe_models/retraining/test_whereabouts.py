"""Where a compared study lies: its own files, or a phantom that is written once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pe_models.errors import DatasetError
from pe_models.imaging.scan import scan_folder
from pe_models.phantom.dicom import PhantomUids
from pe_models.phantom.fixed_cohort import read_fixed_cohort
from pe_models.retraining.folder import RetrainFolder, runs_folder
from pe_models.retraining.order import PhantomData, RetrainOrder, ReviewData, RsnaData
from pe_models.retraining.whereabouts import paths_of
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.store import key_of

HEADS = (
    "StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID,pe_present_on_image,negative_exam_for_pe,"
    "indeterminate,chronic_pe,acute_and_chronic_pe,central_pe,leftsided_pe,rightsided_pe,"
    "rv_lv_ratio_gte_1,rv_lv_ratio_lt_1"
)


@pytest.fixture
def run() -> RetrainFolder:
    return RetrainFolder(runs_folder() / "retrained-1")


def test_a_phantom_of_the_safety_cohort_is_written_as_dicom_once(
    run: RetrainFolder, safety: Path
) -> None:
    run.write_order(RetrainOrder(PhantomData(8, 300, matrix=64), preset="tiny"))
    study = read_fixed_cohort(safety).studies[1]
    (folder,) = paths_of(run, study.name, safety)
    found = scan_folder(folder)[0]
    assert found.study_uid == PhantomUids(study.seed, study.spec).study
    assert found.series[0].n_slices == 24
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert paths_of(run, study.name, safety) == (folder,)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def labelled(folder: Path, study_uid: str, series_uid: str, sop_uids: list[str]) -> Path:
    rows = [f"{study_uid},{series_uid},{uid},0,1,0,0,0,0,0,0,0,0" for uid in sop_uids]
    path = folder / "train.csv"
    path.write_text("\n".join([HEADS, *rows]) + "\n")
    return path


def test_a_study_of_a_folder_is_opened_where_it_lies(
    run: RetrainFolder, safety: Path, tmp_path: Path, write_ct: Callable[..., object]
) -> None:
    study_uid = "1.2.826.0.1.9.12345678"
    files = tmp_path / "train" / study_uid
    write_ct(files)
    uids = [f"1.2.826.0.1.1.{k}" for k in range(1, 13)]
    labels = labelled(tmp_path, study_uid, "1.2.826.0.1.9.1", uids)
    run.write_order(RetrainOrder(rsna=RsnaData(tmp_path, labels), preset="tiny"))
    prepare(Source(labels, dicom=tmp_path), run.store)
    assert paths_of(run, key_of(study_uid), safety) == (files,)
    for path in files.iterdir():
        path.unlink()
    files.rmdir()
    with pytest.raises(DatasetError, match="not where they were"):
        paths_of(run, key_of(study_uid), safety)


def test_a_reading_is_opened_by_its_own_files(
    run: RetrainFolder, safety: Path, tmp_path: Path, write_ct: Callable[..., object]
) -> None:
    write_ct(tmp_path / "ct", series=1)
    write_ct(tmp_path / "ct", series=2)
    wanted = sorted((tmp_path / "ct").glob("1-*.dcm"))
    uids = [f"2.25.{k}" for k in range(len(wanted))]
    manifest = tmp_path / "manifest.csv"
    rows = [f"{uid},{path}," for uid, path in zip(uids, wanted, strict=True)]
    manifest.write_text("\n".join(["SOPInstanceUID,path,frame", *rows]) + "\n")
    labels = labelled(tmp_path, "2.25.100", "2.25.101", uids)
    run.write_order(RetrainOrder(reviews=ReviewData(manifest, labels), preset="tiny"))
    prepare(Source(labels, manifest=manifest), run.store)
    assert set(paths_of(run, key_of("2.25.100"), safety)) == set(wanted)


def test_a_study_that_was_never_compared_is_refused(run: RetrainFolder, safety: Path) -> None:
    run.write_order(RetrainOrder(PhantomData(8, 300, matrix=64), preset="tiny"))
    with pytest.raises(DatasetError):
        paths_of(run, "0" * 20, safety)
