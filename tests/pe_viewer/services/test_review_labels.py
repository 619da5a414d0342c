"""Signed readings of a library become training data; what is forgotten leaves it again."""

import csv
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pe_models.errors import DatasetError
from pe_models.imaging.study import Series
from pe_models.labels import CSV_COLUMNS, NEGATIVE
from pe_models.progress import CancelToken
from pe_models.retraining.folder import RetrainFolder, runs_folder, scores_folder
from pe_models.retraining.gathering import gather
from pe_models.retraining.order import PhantomData, RetrainOrder, ReviewData
from pe_models.retraining.planning import plan
from pe_models.training.files import write_json, write_whole
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.preparing.tables import read_labels, read_manifest
from pe_models.training.store import open_store
from pe_viewer.form.answers import Presence
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.form.sign_off import SignOff
from pe_viewer.library.library import Library
from pe_viewer.library.review_json import Reading
from pe_viewer.library.series_id import key_of_study
from pe_viewer.review import Decision, DecisionState, Review
from pe_viewer.services.library import forget_all, forget_studies
from pe_viewer.services.review_labels import copy_reviews, gather_reviews
from pe_viewer.services.studies import scan_paths
from pe_viewer.training_state import ReviewsFound

N_SLICES = 12
SIGNED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ACCEPTED = Decision(3, 4, 5, DecisionState.ACCEPTED)


@pytest.fixture
def library(home: Path) -> Iterator[Library]:
    library = Library(home / "data")
    library.open()
    yield library
    library.close()


@pytest.fixture
def series(library: Library, tmp_path: Path, write_ct: Callable[..., object]) -> Series:
    """One study of one series that was opened once."""
    write_ct(tmp_path / "ct", n_slices=N_SLICES)
    study = scan_paths([tmp_path / "ct"], lambda progress: None, CancelToken()).studies[0]
    library.studies.add(study)
    return study.series[0]


def key_of(library: Library) -> str:
    (entry,) = library.studies.entries()
    return entry.study_key


def sign(
    library: Library,
    series: Series,
    *decisions: Decision,
    presence: Presence = Presence.PRESENT,
    study_key: str = "",
) -> None:
    sign_off = SignOff("Dr Reader", SIGNED, 9, N_SLICES, "f" * 64)
    review = Review(decisions=decisions, form=CtpaForm(presence=presence), sign_off=sign_off)
    reading = Reading(review, 0, frozenset(range(9)))
    library.readings.save(series.key, study_key or key_of(library), reading)


def found(library: Library) -> ReviewsFound:
    return gather_reviews(library, CancelToken())


def rows_of(data: ReviewData) -> list[dict[str, str]]:
    with data.labels.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_signed_reading_becomes_labels_and_a_manifest(library: Library, series: Series) -> None:
    sign(library, series, ACCEPTED)
    made = found(library)
    assert made.n_studies == 1
    assert made.data is not None
    labels = read_labels(made.data.labels)[0]
    files = read_manifest(made.data.manifest)
    by_file = {files[uid].path: label for uid, label in labels.image.items()}
    in_order = [by_file[Path(source.file).resolve()] for source in series.slices]
    assert in_order == [0, 0, 0, 1, 1, 1, 0, 0, 0, None, None, None]
    assert labels.exam[NEGATIVE] == 0


def test_the_table_says_who_said_so_and_under_which_bundle(
    library: Library, series: Series
) -> None:
    sign(library, series, ACCEPTED)
    data = found(library).data
    assert data is not None
    row = rows_of(data)[0]
    assert tuple(row)[: len(CSV_COLUMNS)] == CSV_COLUMNS
    assert (row["reader"], row["bundle_sha256"], row["n_viewed"]) == ("Dr Reader", "f" * 64, "9")
    assert row["signed_at"] == SIGNED.isoformat()


def test_no_uid_of_the_patient_stands_in_the_table_and_others_cannot_read_it(
    library: Library, series: Series
) -> None:
    sign(library, series, ACCEPTED)
    data = found(library).data
    assert data is not None
    for path in (data.labels, data.manifest):
        text = path.read_text()
        assert series.study_uid not in text
        assert series.series_uid not in text
        assert series.slices[0].sop_instance_uid not in text
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_reading_that_is_not_signed_trains_nothing(library: Library, series: Series) -> None:
    review = Review(decisions=(ACCEPTED,), form=CtpaForm(presence=Presence.PRESENT))
    library.readings.save(series.key, key_of(library), Reading(review, 0, frozenset(range(9))))
    assert found(library) == ReviewsFound()


def test_a_contradicting_reading_is_left_out_with_its_reason(
    library: Library, series: Series
) -> None:
    sign(library, series, ACCEPTED, presence=Presence.ABSENT)
    made = found(library)
    assert made.data is None
    assert "the report says that it is absent" in made.notes[0]


def test_a_study_whose_files_are_gone_is_left_out_with_its_reason(
    library: Library, series: Series
) -> None:
    sign(library, series, ACCEPTED)
    for source in series.slices:
        Path(source.file).unlink()
    made = found(library)
    assert made.data is None
    assert "files are not where they were" in made.notes[0]


def test_signed_readings_can_be_prepared_and_counted(
    library: Library, series: Series, tmp_path: Path
) -> None:
    sign(library, series, ACCEPTED)
    data = found(library).data
    assert data is not None
    summary = plan(RetrainOrder(reviews=data, preset="tiny"))
    assert summary.sources == {"reviews": 1}
    assert (summary.n_slices_with_pe, summary.n_slices_unknown) == (3, 3)
    assert "there are 1 and 0" in summary.problems[0]
    store = prepare(Source(data.labels, manifest=data.manifest), tmp_path / "store")
    assert store.studies[0].image == (0, 0, 0, 1, 1, 1, 0, 0, 0, None, None, None)
    assert store.studies[0].study_uid != series.study_uid


def test_a_forgotten_study_leaves_the_trainings_too(library: Library, series: Series) -> None:
    sign(library, series, ACCEPTED)
    run = _run_of_reviews(library)
    assert list((run.store / "studies").iterdir())
    forget_studies(library, {key_of(library): [series.key]})
    assert not list((run.store / "studies").iterdir())
    assert not (runs_folder() / ".reviews").exists()
    assert rows_of(run.order().reviews) == []  # type: ignore[arg-type]


def test_two_patients_who_share_every_uid_are_two_exams(
    library: Library, series: Series, tmp_path: Path, write_ct: Callable[..., object]
) -> None:
    sign(library, series, ACCEPTED)
    write_ct(tmp_path / "other", n_slices=N_SLICES, name="ROE^JOE")
    other = scan_paths([tmp_path / "other"], lambda progress: None, CancelToken()).studies[0]
    library.studies.add(other)
    sign(library, other.series[0], ACCEPTED, study_key=key_of_study(other))
    made = found(library)
    assert made.n_studies == 2
    assert made.data is not None
    assert [len(labels.image) for labels in read_labels(made.data.labels)] == [N_SLICES] * 2
    assert len(read_manifest(made.data.manifest)) == 2 * N_SLICES


def test_forgetting_all_leaves_nothing_of_reviews(library: Library, series: Series) -> None:
    sign(library, series, ACCEPTED)
    run = _run_of_reviews(library)
    forget_all(library)
    assert not list((run.store / "studies").iterdir())
    assert not (run.folder / "reviews").exists()


def test_what_was_derived_of_a_forgotten_study_goes_with_it(
    library: Library, series: Series
) -> None:
    sign(library, series, ACCEPTED)
    run = _run_of_reviews(library)
    key = open_store(run.store).studies[0].key
    kept = _derive(run, key)
    assert [path for path in _traces(key) if path not in kept]
    forget_studies(library, {series.study_uid: [series.key]})
    assert _traces(key) == []
    assert all("other" in path.read_text() or "other" in path.name for path in kept)


def test_scores_of_a_study_go_when_its_training_was_deleted_before(
    library: Library, series: Series
) -> None:
    sign(library, series, ACCEPTED)
    run = _run_of_reviews(library)
    key = open_store(run.store).studies[0].key
    _derive(run, key)
    shutil.rmtree(run.folder)
    forget_studies(library, {series.study_uid: [series.key]})
    assert _traces(key) == []


def test_forgetting_all_leaves_nothing_derived_either(library: Library, series: Series) -> None:
    sign(library, series, ACCEPTED)
    run = _run_of_reviews(library)
    key = open_store(run.store).studies[0].key
    _derive(run, key)
    forget_all(library)
    assert _traces(key) == []
    assert not list(scores_folder().glob("*/store"))
    assert (scores_folder() / "aa" / "generator-1" / "phantom.json").exists()
    assert (run.training.features_of(0) / "other.npy").exists()


def test_a_file_that_tells_of_a_forgotten_study_and_is_damaged_goes(
    library: Library, series: Series
) -> None:
    sign(library, series, ACCEPTED)
    run = _run_of_reviews(library)
    key = open_store(run.store).studies[0].key
    run.sets_file.write_text(f'{{"compared": ["{key}"')
    forget_studies(library, {series.study_uid: [series.key]})
    assert not run.sets_file.exists()


def test_studies_that_were_forgotten_meanwhile_fail_alone_and_are_named(
    library: Library, series: Series, tmp_path: Path
) -> None:
    sign(library, series, ACCEPTED)
    data = found(library).data
    assert data is not None
    for source in series.slices:
        Path(source.file).unlink()
    run = RetrainFolder(runs_folder() / "retrained-1")
    order = RetrainOrder(reviews=data, preset="tiny")
    with pytest.raises(DatasetError, match="No study could be prepared"):
        gather(run, order, lambda progress: None, CancelToken())


def test_data_that_are_gone_cannot_be_copied_and_this_is_said(tmp_path: Path) -> None:
    gone = ReviewData(tmp_path / "manifest.csv", tmp_path / "labels.csv")
    with pytest.raises(DatasetError, match="Count them again"):
        copy_reviews(gone, tmp_path / "run")


def _derive(run: RetrainFolder, key: str) -> list[Path]:
    """What a training and a comparison leave of a study, and of another; gives the latter's."""
    training, comparison = run.training, run.comparison / "held-out"
    tracks = {name: {"truth": [0], "a": [0.1], "b": [0.2]} for name in (key, "other")}
    apart = [{"study": name, "slice_gap": 0.5} for name in (key, "other")]
    write_json(training.boxes_file, {key: {"row_min": 0}, "other": {"row_min": 1}})
    write_json(training.split_file, {"train": ["other"], "held_out": [key]})
    write_json(run.sets_file, {"compared": [key, "other"], "trained": []})
    write_json(comparison / "curves.json", {"tracks": tracks})
    write_json(comparison / "comparison.json", {"disagreements": apart})
    (comparison / "comparison.md").write_text(f"| {key} | yes |\n| other | no |\n")
    kept = [path for path in run.folder.rglob("*.json") if "other" in path.read_text()]
    for folder in (
        training.features_of(0), training.features_of(1), training.mistakes_of(0),
        training.out_of_fold_of(0, 3),
    ):  # fmt: skip
        kept.append(folder / "other.npy")
        for name in (key, "other"):
            write_whole(folder / f"{name}.npy", b"numbers")
    write_json(scores_folder() / "aa" / "store" / f"{key}-11112222.json", {})
    write_json(scores_folder() / "aa" / "generator-1" / "phantom.json", {})
    return [*kept, comparison / "comparison.md"]


def _traces(key: str) -> list[Path]:
    """Files of the user's folders that bear the key in name or text."""
    every = [
        path
        for top in (runs_folder(), scores_folder())
        for path in top.rglob("*")
        if path.is_file()
    ]
    return [path for path in every if key in path.name or key.encode() in path.read_bytes()]


def _run_of_reviews(library: Library) -> RetrainFolder:
    data = found(library).data
    assert data is not None
    run = RetrainFolder(runs_folder() / "retrained-1")
    kept = copy_reviews(data, run.folder)
    run.write_order(RetrainOrder(PhantomData(1, 30_000), reviews=kept, preset="tiny"))
    prepare(Source(kept.labels, manifest=kept.manifest), run.store)
    return run
