"""The whole road on tiny phantoms, through the commands; and what bad data end in."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from pe_models import cli
from pe_models.bundle import load_bundle
from pe_models.errors import DatasetError, TrainingError
from pe_models.labels import IMAGE_LABEL
from pe_models.nets.slice_classifier import SliceClassifier
from pe_models.phantom.cohort import write_cohort
from pe_models.training.config import preset, with_settings
from pe_models.training.losses.labels import mean_known_bce
from pe_models.training.preparing.prepare import Source, prepare
from pe_models.training.preparing.tables import read_boxes, read_labels
from pe_models.training.road.train import TrainOptions, train
from pe_models.training.run import RunFolder, RunState
from pe_models.training.store import Store, key_of, open_store
from pe_models.training.store.split import split_by_patient
from pe_models.training.weights.nets import StageName
from pe_models.training.weights.pretrained import start_from_imagenet


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six phantoms of 64 x 64 px, three of them positive."""
    out = tmp_path_factory.mktemp("cohort")
    return write_cohort(out, n_studies=6, seed=40, positive_fraction=0.5, matrix=64, n_slices=24)


@pytest.fixture(scope="module")
def store(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("store")
    return prepare(Source(cohort / "train.csv", dicom=cohort), folder)


@pytest.fixture
def labels(cohort: Path, tmp_path: Path) -> Path:
    """A copy of the labels that a test may spoil; without boxes beside it."""
    return Path(shutil.copy(cohort / "train.csv", tmp_path / "train.csv"))


def rewrite(path: Path, change) -> None:  # type: ignore[no-untyped-def]
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows = change(rows)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_the_whole_road_from_phantoms_to_a_bundle(
    cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, run, bundle = tmp_path / "store", tmp_path / "run", tmp_path / "b"
    commands = [
        ["prepare", "--dicom", cohort, "--labels", cohort / "train.csv", "--out", store,
         "--workers", 1],
        ["train", "all", "--data", store, "--out", run, "--preset", "tiny", "--device", "cpu"],
        ["features", "--data", store, "--run", run, "--out", tmp_path / "f", "--device", "cpu"],
        ["evaluate", "--data", store, "--run", run, "--out", tmp_path / "e", "--device", "cpu"],
        ["bundle", "export", "--run", run, "--out", bundle, "--name", "mine",
         "--metrics", tmp_path / "e" / "metrics.json"],
        ["bundle", "verify", bundle],
        ["bundle", "show", bundle],
        ["bundle", "import", bundle],
        ["bundle", "list"],
    ]  # fmt: skip
    for command in commands:
        assert cli.main([str(word) for word in command]) == 0, command
    figures = json.loads((tmp_path / "e" / "metrics.json").read_text())
    assert figures["n_studies"] == 6
    assert set(figures["exam"]) == set(load_bundle("mine").labels)
    assert set(figures["froc"]["by_level"]) >= {"central", "lobar"}
    assert (tmp_path / "e" / "roc.svg").exists()
    made = load_bundle(bundle)
    assert made.calibration.calibrated_on == "phantoms"
    assert "phantoms" in made.card.trained_on
    assert made.card.metrics["evaluation"]["n_images"] == 6 * 24
    assert json.loads(RunFolder(run).state_file.read_text())["state"] == "done"
    assert "mine" in capsys.readouterr().out


def test_the_store_keeps_hu_labels_and_boxes(store: Store, cohort: Path) -> None:
    table = {labels.study_uid: labels for labels in read_labels(cohort / "train.csv")}
    assert len(store.studies) == len(table) == 6
    assert sum(study.is_positive for study in store.studies) == 3
    for study in store.studies:
        hu, labels = store.hu(study), table[study.study_uid]
        assert hu.dtype == np.int16
        assert hu.shape == study.shape == (24, 64, 64)
        assert not hu.flags.writeable
        assert [labels.image[uid] for uid in study.sop_uids] == list(study.image)
        assert study.exam == labels.exam
        assert study.box_source == "table"
        assert study.lung_slices is not None
        assert study.emboli is not None
        truth = {i for e in study.emboli for i in range(e.first, e.last + 1)}
        assert {i for i, label in enumerate(study.image) if label == 1} <= truth


def test_no_file_of_the_store_is_named_after_a_study(store: Store) -> None:
    names = " ".join(path.name for path in store.folder.rglob("*"))
    assert all(study.study_uid not in names for study in store.studies)


def test_preparing_again_keeps_what_is_whole_and_mends_what_is_not(
    cohort: Path, tmp_path: Path
) -> None:
    source = Source(cohort / "train.csv", dicom=cohort)
    first = prepare(source, tmp_path)
    kept, lost = first.studies[0], first.studies[1]
    array = tmp_path / "studies" / f"{kept.key}.npy"
    before = array.stat().st_mtime_ns
    (tmp_path / "studies" / f"{lost.key}.npy").unlink()
    again = prepare(source, tmp_path)
    assert array.stat().st_mtime_ns == before
    assert again.studies == first.studies
    assert again.hu(lost).shape == lost.shape


def test_one_bad_study_fails_alone_and_is_named(cohort: Path, tmp_path: Path) -> None:
    copy = tmp_path / "cohort"
    shutil.copytree(cohort, copy)
    bad = read_labels(copy / "train.csv")[2].study_uid
    shutil.rmtree(copy / "train" / bad)
    made = prepare(Source(copy / "train.csv", dicom=copy), tmp_path / "store")
    assert len(made.studies) == 5
    assert [failure.study for failure in made.failed] == [bad[-8:]]
    assert "no files" in made.failed[0].reason
    assert open_store(made.folder).failed == made.failed


def test_boxes_come_from_the_lungs_where_there_is_no_table(
    cohort: Path, labels: Path, tmp_path: Path
) -> None:
    made = prepare(Source(labels, dicom=cohort), tmp_path / "store")
    for study in made.studies:
        assert study.box_source == "lung segmentation"
        for x_min, y_min, x_max, y_max in study.boxes.values():
            assert 0 <= x_min < 0.5 < x_max <= 1
            assert 0 <= y_min < 0.5 < y_max <= 1


def test_a_manifest_names_the_files(cohort: Path, labels: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.csv"
    first = read_labels(labels)[0]
    folder = cohort / "train" / first.study_uid / first.series_uid
    with manifest.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["SOPInstanceUID", "path", "frame"])
        for uid in first.image:
            writer.writerow([uid, folder / f"{uid}.dcm", ""])
    made = prepare(Source(labels, manifest=manifest), tmp_path / "store")
    assert [study.study_uid for study in made.studies] == [first.study_uid]
    assert made.studies[0].n_slices == 24
    assert len(made.failed) == 5


def test_an_empty_cell_is_an_unknown_label(labels: Path) -> None:
    rewrite(labels, lambda rows: [{**rows[0], IMAGE_LABEL: ""}, *rows[1:]])
    first = read_labels(labels)[0]
    unknown, *rest = first.image.values()
    assert unknown is None
    assert set(rest) <= {0, 1}


def test_equal_rows_count_once(labels: Path) -> None:
    rewrite(labels, lambda rows: [*rows, rows[0]])
    assert len(read_labels(labels)[0].image) == 24


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: [*rows, {**rows[0], IMAGE_LABEL: str(1 - int(rows[0][IMAGE_LABEL]))}],
         "a second time, differently"),
        (lambda rows: [{**rows[0], "central_pe": "2"}, *rows[1:]],
         "line 2: central_pe is neither 0, 1"),
        (lambda rows: [{k: v for k, v in row.items() if k != "chronic_pe"} for row in rows],
         "lacks the columns chronic_pe"),
        (lambda rows: [{**rows[0], "SeriesInstanceUID": "1.2"}, *rows[1:]],
         "exams with more than one series: 1"),
        (lambda rows: [{**rows[0], "chronic_pe": ""}, *rows[1:]], "line 3 chronic_pe is not what"),
    ],
)  # fmt: skip
def test_tables_that_contradict_themselves_are_refused(labels: Path, change, message: str) -> None:  # type: ignore[no-untyped-def]
    rewrite(labels, change)
    with pytest.raises(DatasetError, match=message):
        read_labels(labels)


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"\x00\x01\xff\xfe", b"a,b\n"):
        (tmp_path / "train.csv").write_bytes(content)
        with pytest.raises(DatasetError):
            read_labels(tmp_path / "train.csv")
    with pytest.raises(DatasetError, match="There is no"):
        read_labels(tmp_path / "nothing.csv")


@pytest.mark.parametrize("edges", ["0.5,0.1,0.4,0.9", "0,0,1.2,1", "a,0,1,1", "nan,0,1,1"])
def test_a_box_outside_the_image_is_refused(tmp_path: Path, edges: str) -> None:
    path = tmp_path / "lung_bbox.csv"
    path.write_text(f"Image,Xmin,Ymin,Xmax,Ymax\n1.2.3,{edges}\n")
    with pytest.raises(DatasetError):
        read_boxes(path)


def test_reserved_phantoms_are_never_trained_on(tmp_path: Path) -> None:
    cohort = write_cohort(
        tmp_path / "c", n_studies=1, seed=900_200, matrix=64, n_slices=8, reserved=True
    )
    source = {"labels": cohort / "train.csv", "dicom": cohort}
    with pytest.raises(DatasetError, match="reserved for evaluation"):
        prepare(Source(**source), tmp_path / "a")
    for_evaluation = prepare(Source(**source, is_reserved=True), tmp_path / "b")
    with pytest.raises(DatasetError, match="reserved"):
        train(tuple(StageName), for_evaluation, tmp_path / "r", preset("tiny"), TrainOptions())


def test_no_patient_is_on_both_sides_of_the_split(store: Store) -> None:
    split = split_by_patient(store.studies, held_out_fraction=0.34, name="default")
    groups = {study.key: study.group for study in store.studies}
    assert len(split.train) + len(split.held_out) == 6
    assert not {groups[k] for k in split.train} & {groups[k] for k in split.held_out}
    positive = {study.key for study in store.studies if study.is_positive}
    assert len(positive & set(split.held_out)) == len(split.held_out) / 2 == 1
    others = {
        split_by_patient(store.studies, held_out_fraction=0.34, name=n).held_out for n in "abcd"
    }
    assert len(others) > 1


def test_a_net_overfits_two_samples() -> None:
    torch.manual_seed(2)
    net = SliceClassifier("test_efficientnet")
    x, target = torch.randn(2, 3, 64, 64), torch.tensor([1.0, 0.0])
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = mean_known_bce(net(x).logit, target)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[0] > 0.4
    assert losses[-1] < 0.02


def test_two_runs_of_one_seed_are_equal_and_a_resumed_one_too(store: Store, tmp_path: Path) -> None:
    config = with_settings(preset("tiny"), ["imagenet_start=false"])
    options = TrainOptions(device="cpu")
    stages = (StageName.LOCALIZER, StageName.SLICE)
    for name in ("one", "two"):
        assert train(stages, store, tmp_path / name, config, options) is RunState.DONE
    checkpoint = RunFolder(tmp_path / "two").checkpoint_file("slice")
    checkpoint.unlink()
    train(stages, store, tmp_path / "two", config, TrainOptions(device="cpu", resume=True))
    for study in store.studies:
        name = f"{study.key}.npy"
        one = np.load(tmp_path / "one" / "features" / name)
        assert np.array_equal(one, np.load(tmp_path / "two" / "features" / name))


def test_a_stage_without_the_one_before_says_what_is_missing(store: Store, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(DatasetError, match=r"boxes\.json"):
        train((StageName.SLICE,), store, run, preset("tiny"), TrainOptions(device="cpu"))
    state = json.loads(RunFolder(run).state_file.read_text())
    assert state["state"] == "failed"
    assert "boxes.json" in state["message"]


def test_a_final_run_holds_out_none_and_stays_uncalibrated(store: Store, tmp_path: Path) -> None:
    config = with_settings(preset("tiny"), ["is_final=true"])
    train(tuple(StageName), store, tmp_path, config, TrainOptions(device="cpu"))
    fitted = json.loads(RunFolder(tmp_path).calibration_file.read_text())
    assert fitted["calibration"]["labels"] == {}
    assert fitted["zones"] is None


def test_a_store_of_another_version_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text('{"schema_version": 99}')
    with pytest.raises(DatasetError, match="version"):
        open_store(tmp_path)


def test_a_store_of_version_1_is_read_as_whole_slices_without_tissues(
    store: Store, tmp_path: Path
) -> None:
    folder = shutil.copytree(store.folder, tmp_path / "old")
    added = ("labels_sha256", "lookalikes", "kept", "whole_px", "whole_slices")
    for path in [folder / "index.json", *(folder / "studies").glob("*.json")]:
        record = json.loads(path.read_text())
        rest = {name: value for name, value in record.items() if name not in added}
        path.write_text(json.dumps({**rest, "schema_version": 1}))
    for study, other in zip(open_store(folder).studies, store.studies, strict=True):
        assert other.has_labels
        assert not study.has_labels
        assert study.slice_px == other.slice_px == (64, 64)
        assert study.image == other.image


def test_masks_that_cannot_be_read_fail_their_study_alone(cohort: Path, tmp_path: Path) -> None:
    copy = tmp_path / "cohort"
    shutil.copytree(cohort, copy)
    bad, small = (labels.study_uid for labels in read_labels(copy / "train.csv")[:2])
    (copy / "truth" / f"{bad}-masks.npz").write_bytes(b"PK no zip")
    few = np.zeros((3, 4, 5), dtype=np.uint8)
    np.savez(copy / "truth" / f"{small}-masks.npz", clot=few, vessel=few, chamber=few)
    made = prepare(Source(copy / "train.csv", dicom=copy), tmp_path / "store")
    reasons = {failure.study: failure.reason for failure in made.failed}
    assert set(reasons) == {bad[-8:], small[-8:]}
    assert "cannot be read" in reasons[bad[-8:]]
    assert "shape" in reasons[small[-8:]]


def test_masks_of_an_older_phantom_are_left_out(cohort: Path, tmp_path: Path) -> None:
    copy = tmp_path / "cohort"
    shutil.copytree(cohort, copy)
    uid = read_labels(copy / "train.csv")[0].study_uid
    few = np.zeros((24, 64, 64), dtype=np.uint8)
    np.savez(copy / "truth" / f"{uid}-masks.npz", clot=few, vessel=few)
    made = prepare(Source(copy / "train.csv", dicom=copy), tmp_path / "store")
    assert [study.has_labels for study in made.studies].count(False) == 1


def test_a_damaged_array_is_refused(cohort: Path, tmp_path: Path) -> None:
    made = prepare(Source(cohort / "train.csv", dicom=cohort), tmp_path)
    study = made.studies[0]
    path = tmp_path / "studies" / f"{key_of(study.study_uid)}.npy"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DatasetError, match="cannot be read"):
        made.hu(study)


def test_the_imagenet_start_fills_every_weight_of_its_backbone() -> None:
    net = SliceClassifier("efficientnet_lite0")
    before = {name: w.clone() for name, w in net.backbone.state_dict().items()}
    start_from_imagenet(net.backbone)
    moved = [
        name
        for name, weight in net.backbone.state_dict().items()
        if weight.is_floating_point() and not torch.equal(weight, before[name])
    ]
    assert len(moved) == sum(w.is_floating_point() for w in before.values())
    assert torch.isfinite(net.eval()(torch.zeros(1, 3, 64, 64)).logit).all()


def test_the_imagenet_start_refuses_another_backbone() -> None:
    with pytest.raises(TrainingError, match="do not fit"):
        start_from_imagenet(SliceClassifier("test_efficientnet").backbone)
