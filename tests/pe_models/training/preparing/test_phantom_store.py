"""Phantoms straight into the store: what DICOM would have held, resumable, equal bytes."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pe_models import cli
from pe_models.errors import DatasetError
from pe_models.findings import Crop
from pe_models.phantom.cohort import write_cohort
from pe_models.phantom.spec import PhantomError
from pe_models.progress import Cancelled, CancelToken, Progress
from pe_models.training.preparing.phantom_store import ArrayCohort, write_phantom_store
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.store import Store, open_store
from pe_models.training.store.places import PlaceKind, places_of
from pe_models.training.store.tissue_labels import TissueLabel

COHORT = ArrayCohort(n_studies=2, seed=40, positive_fraction=0.5, matrix=96, n_slices=24)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return write_phantom_store(tmp_path_factory.mktemp("whole"), COHORT)


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The same phantoms, of each slice no more than the lungs with 10 mm about them."""
    return write_phantom_store(tmp_path_factory.mktemp("cut"), replace(COHORT, margin_mm=10.0))


def test_the_store_holds_what_dicom_would_have_held(store: Store, tmp_path: Path) -> None:
    folder = write_cohort(
        tmp_path / "c", n_studies=2, seed=40, positive_fraction=0.5, matrix=96, n_slices=24
    )
    prepared = prepare(Source(folder / "train.csv", dicom=folder), tmp_path / "s")
    assert len(prepared.studies) == 2
    for study, other in zip(store.studies, prepared.studies, strict=True):
        for name in ("key", "study_uid", "series_uid", "sop_uids", "image", "exam", "shape",
                     "emboli", "lookalikes", "lung_slices", "sha256", "labels_sha256"):  # fmt: skip
            assert getattr(study, name) == getattr(other, name), name
        assert study.spacing_mm == pytest.approx(other.spacing_mm)
        assert np.array_equal(store.hu(study), prepared.hu(other))
        assert np.array_equal(store.labels(study), prepared.labels(other))


def test_clots_lie_on_the_positive_slices_and_places_on_the_clots(store: Store) -> None:
    for study in store.studies:
        labels = store.labels(study)
        has_clot = (labels == TissueLabel.CLOT).any(axis=(1, 2))
        assert has_clot.tolist() == [label == 1 for label in study.image]
        at = places_of(store.places(study), PlaceKind.CLOT)
        assert bool(len(at)) == study.is_positive
        assert (labels[tuple(at.T)] == TissueLabel.CLOT).all()
    assert {int(v) for s in store.studies for v in np.unique(store.labels(s))} == {0, *TissueLabel}


def test_equal_arguments_give_equal_bytes_and_what_is_whole_is_kept(
    store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "again"
    cancel = CancelToken()

    def stop_after_one(progress: Progress) -> None:
        cancel.cancel()

    with pytest.raises(Cancelled):
        write_phantom_store(folder, COHORT, on_progress=stop_after_one, cancel=cancel)
    names = sorted(path.name for path in (folder / "studies").iterdir())
    assert len(names) == 4  # one study: array, labels, places, record
    kept = folder / "studies" / names[0]
    before = kept.stat().st_mtime_ns
    write_phantom_store(folder, COHORT)
    assert kept.stat().st_mtime_ns == before
    ours = {path.name: path.read_bytes() for path in (store.folder / "studies").iterdir()}
    theirs = {path.name: path.read_bytes() for path in (folder / "studies").iterdir()}
    assert ours == theirs


def test_other_arguments_make_a_study_anew(tmp_path: Path) -> None:
    one = replace(COHORT, n_studies=1, positive_fraction=0.0)
    whole = write_phantom_store(tmp_path, one).studies[0]
    part = write_phantom_store(tmp_path, replace(one, margin_mm=5.0)).studies[0]
    assert part.key == whole.key
    assert part.shape[1] < whole.shape[1]


def test_a_slice_that_was_cut_keeps_the_lungs_and_its_whole_for_the_localizer(
    store: Store, cut: Store
) -> None:
    for study, part in zip(store.studies, cut.studies, strict=True):
        kept = part.kept
        assert kept is not None
        assert part.slice_px == study.slice_px == (96, 96)
        box = np.s_[:, kept.row_min : kept.row_max, kept.col_min : kept.col_max]
        assert np.array_equal(cut.hu(part), store.hu(study)[box])
        assert np.array_equal(cut.labels(part), store.labels(study)[box])
        assert part.boxes == study.boxes
        indices = list(part.boxes)
        assert np.array_equal(cut.whole_slices(part, indices), store.hu(study)[indices])
        left = min(set(range(24)) - set(part.whole_slices))
        with pytest.raises(DatasetError, match="whole only"):
            cut.whole_slices(part, [left])


def test_lookalikes_of_a_cut_slice_are_voxels_of_what_is_kept(store: Store, cut: Store) -> None:
    for study, part in zip(store.studies, cut.studies, strict=True):
        hu, whole = cut.hu(part), store.hu(study)
        assert part.lookalikes
        for look in part.lookalikes:
            k, row, col = look.slice_row_col
            assert part.kept is not None
            at = k, row + part.kept.row_min, col + part.kept.col_min
            assert hu[look.slice_row_col] == whole[at]
            assert any(other.slice_row_col == at for other in study.lookalikes)


def test_a_crop_of_whole_slices_becomes_one_of_the_array(cut: Store) -> None:
    study = cut.studies[0]
    kept, (_, rows, cols) = study.kept, study.shape
    assert kept is not None
    assert study.within_array(kept) == Crop(0, rows, 0, cols)
    assert study.within_array(Crop(0, 96, 0, 96)) == Crop(0, rows, 0, cols)
    inner = Crop(kept.row_min + 3, kept.row_max - 2, kept.col_min + 1, kept.col_max)
    assert study.within_array(inner) == Crop(3, rows - 2, 1, cols)


def test_spacing_is_what_was_asked_for(tmp_path: Path) -> None:
    cohort = ArrayCohort(n_studies=1, seed=7, matrix=64, slice_mm=10.0)
    study = write_phantom_store(tmp_path, cohort).studies[0]
    assert study.spacing_mm[0] == 10.0
    assert 20 < study.n_slices < 45  # a whole chest of 250 to 400 mm


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_studies": 0}, "between 1 and"),
        ({"positive_fraction": 1.2}, "between 0 and 1"),
        ({"seed": 899_999}, "900000"),
        ({"seed": 5, "is_reserved": True}, "900000"),
        ({"margin_mm": -1.0}, "margin"),
    ],
)
def test_a_cohort_that_cannot_be_is_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(PhantomError, match=message):
        replace(COHORT, **change)


def test_the_command_writes_a_store_and_reserves_its_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["phantom", "--arrays", "--reserved", "--out", tmp_path / "s", "--studies", 1,
             "--seed", 900_300, "--matrix", 64, "--slices", 12, "--workers", 1,
             "--margin-mm", 20]  # fmt: skip
    assert cli.main([str(word) for word in words]) == 0
    assert "1 phantom studies" in capsys.readouterr().out
    assert open_store(tmp_path / "s").is_reserved


@pytest.mark.parametrize(
    "words",
    [["--margin-mm", "5"], ["--emboli", "5"], ["--arrays", "--slices", "9", "--spacing-mm", "5"]],
)
def test_options_that_do_not_go_together_are_wrong_usage(words: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["phantom", "--out", str(tmp_path), "--studies", "1", "--seed", "1", *words])
    assert left.value.code == 2


def test_damaged_labels_are_refused(cut: Store, tmp_path: Path) -> None:
    store = open_store(shutil.copytree(cut.folder, tmp_path / "s"))
    path = store.folder / "studies" / f"{store.studies[0].key}.labels.npy"
    for length in (900, 0):
        path.write_bytes(path.read_bytes()[:length])
        with pytest.raises(DatasetError, match="cannot be read"):
            store.labels(store.studies[0])


def test_a_crowded_store_has_many_emboli_a_study(tmp_path: Path) -> None:
    cohort = replace(COHORT, positive_fraction=1.0, n_emboli=8)
    crowded = write_phantom_store(tmp_path / "crowded", cohort)
    levels = [embolus.level for study in crowded.studies for embolus in study.emboli or ()]
    assert len(levels) >= 8  # of 16; small ones lie between slices 13 mm apart
    assert len(set(levels)) >= 3
    usual = write_phantom_store(tmp_path / "usual", replace(COHORT, positive_fraction=1.0))
    assert len(levels) > sum(len(study.emboli or ()) for study in usual.studies)
    again = write_phantom_store(tmp_path / "again", cohort)
    assert [s.sha256 for s in again.studies] == [s.sha256 for s in crowded.studies]


def test_negative_studies_of_a_crowded_store_have_none(tmp_path: Path) -> None:
    mixed = write_phantom_store(tmp_path, replace(COHORT, n_emboli=6))
    assert sorted(bool(study.emboli) for study in mixed.studies) == [False, True]


@pytest.mark.parametrize("n_emboli", [0, 21])
def test_an_impossible_number_of_emboli_is_refused(n_emboli: int) -> None:
    with pytest.raises(PhantomError, match="between 1 and 20"):
        replace(COHORT, n_emboli=n_emboli)
