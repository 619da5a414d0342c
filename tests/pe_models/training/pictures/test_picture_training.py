"""Pictures become arrays, are dealt out, drawn evenly, and learnt from."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pe_models.bundle.pictures import PictureArchitecture
from pe_models.errors import DatasetError
from pe_models.imaging.volume import VolumeKind
from pe_models.nets.pictures import build_picture_net
from pe_models.nets.pictures.inference import picture_logits, picture_scores
from pe_models.pictures import as_input
from pe_models.progress import Cancelled, CancelToken
from pe_models.tasks import HEMORRHAGE, PNEUMONIA, Sampling
from pe_models.training.config.stage import StageConfig
from pe_models.training.pictures.arrays import PictureArrays, shrink_pictures
from pe_models.training.pictures.config import Kept, PictureConfig
from pe_models.training.pictures.split import SplitBy, split_pictures
from pe_models.training.pictures.stage import weighted_bce
from pe_models.training.pictures.strata import picture_strata
from pe_models.training.pictures.table import Picture, PictureTable
from pe_models.training.pictures.train import input_of, train_pictures
from pe_models.training.run import RunState, StopRequested

Spots = Callable[..., PictureTable]


def _config(steps: int, **changes: float) -> PictureConfig:
    stage = StageConfig(steps=steps, batch_size=8, learning_rate=3e-3, warmup_steps=5, **changes)
    return PictureConfig("net", PictureArchitecture("test_resnet"), 32, stage)


def test_a_file_that_is_no_picture_is_left_out_and_named(spots: Spots, tmp_path: Path) -> None:
    table = spots(3)
    table.pictures[1].path.write_bytes(b"not a picture")
    table.pictures[4].path.unlink()
    arrays = shrink_pictures(table, tmp_path / "run", 16)
    assert [p.key for p in arrays.table.pictures] == ["p0", "p2", "p3", "p5"]
    assert arrays.small.shape == (4, 16, 16)
    assert [reason.split()[0] for reason in arrays.skipped] == ["1.png", "4.png"]


def test_what_was_shrunk_is_found_again_and_made_anew_where_a_file_changed(
    spots: Spots, tmp_path: Path
) -> None:
    table, folder = spots(2), tmp_path / "run"
    first = np.array(shrink_pictures(table, folder, 16).small)
    made = (folder / "pictures-16.npy").stat().st_mtime_ns
    assert np.array_equal(shrink_pictures(table, folder, 16).small, first)
    assert (folder / "pictures-16.npy").stat().st_mtime_ns == made
    table.pictures[0].path.write_bytes(table.pictures[3].path.read_bytes())
    assert not np.array_equal(shrink_pictures(table, folder, 16).small[0], first[0])


@pytest.mark.parametrize("moment", [".npy", ".json"])
def test_a_record_never_tells_of_another_array(
    spots: Spots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Whichever file the program is killed at while another table's pictures take their place."""
    folder, few, more = tmp_path / "run", spots(2), spots(3)
    shrink_pictures(few, folder, 16)
    replace_it = Path.replace

    def dies(self: Path, target: Path) -> Path:
        if target.suffix == moment:
            raise KeyboardInterrupt
        return replace_it(self, target)

    monkeypatch.setattr(Path, "replace", dies)
    with pytest.raises(KeyboardInterrupt):
        shrink_pictures(more, folder, 16)
    monkeypatch.undo()
    assert len(shrink_pictures(more, folder, 16).small) == 6
    assert len(shrink_pictures(few, folder, 16).small) == 4


def test_a_cancelled_reading_leaves_no_array_behind(spots: Spots, tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        shrink_pictures(spots(2), tmp_path / "run", 16, cancel=cancel)
    assert not list((tmp_path / "run").iterdir())


def test_a_table_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no pictures"):
        shrink_pictures(PictureTable(PNEUMONIA, ()), tmp_path, 16)


def test_no_patient_is_in_two_parts(spots: Spots) -> None:
    table = spots(20)
    split = split_pictures(table)
    parts = [set(table.patients[p].tolist()) for p in (split.train, split.validation, split.test)]
    assert sum(len(part) for part in parts) == 20
    assert len(set.union(*parts)) == 20
    assert [len(part) for part in parts] == [16, 2, 2]


def test_a_split_by_slice_deals_out_pictures_whoever_they_belong_to(spots: Spots) -> None:
    table = spots(20)
    split = split_pictures(table, by=SplitBy.SLICE)
    train = set(table.patients[split.train].tolist())
    assert train & set(table.patients[split.test].tolist())


def test_each_part_gets_its_share_of_patients_with_each_kind() -> None:
    counts = dict(zip(HEMORRHAGE.kinds, (10, 20, 10, 30, 50), strict=True))
    names = [kind for kind, n in counts.items() for _ in range(n)]
    rows = [tuple(float(label in (kind, "any")) for label in HEMORRHAGE.labels) for kind in names]
    rows += [(0.0,) * 6] * 80
    table = PictureTable(
        HEMORRHAGE,
        tuple(Picture(f"s{n}", f"p{n}", Path(f"{n}.dcm"), row) for n, row in enumerate(rows)),
    )
    split = split_pictures(table)
    for part, share in ((split.train, 0.8), (split.validation, 0.1), (split.test, 0.1)):
        found = table.labels[part].sum(axis=0)[:-1]
        assert found == pytest.approx([share * n for n in counts.values()], abs=1)


def test_another_name_holds_out_other_patients(spots: Spots) -> None:
    table = spots(20)
    assert set(split_pictures(table).test) != set(split_pictures(table, name="other").test)


def test_too_few_patients_are_refused(spots: Spots) -> None:
    with pytest.raises(DatasetError, match="one class"):
        split_pictures(spots(3))


def test_windows_are_channels_or_one_of_them_fills_all(
    bleeds: PictureTable, tmp_path: Path
) -> None:
    small = np.full((1, 32, 32), 40, dtype=np.int16)
    arrays = PictureArrays(bleeds, small, VolumeKind.HU, ())
    apart, alike = (
        as_input(torch.from_numpy(small), input_of(arrays, replace(_config(1), n_windows=n)))
        for n in (0, 1)
    )
    assert apart.shape == alike.shape == (1, 3, 32, 32)
    assert torch.equal(alike[:, 0], alike[:, 1])
    assert torch.equal(alike[:, 0], apart[:, 0])  # the brain's window is the first
    assert not torch.equal(apart[:, 0], apart[:, 1])


def test_each_subcategory_is_drawn_as_often(bleeds: PictureTable) -> None:
    everyone = np.arange(len(bleeds))
    strata = picture_strata(HEMORRHAGE, bleeds.labels, everyone)
    assert [share for share, _ in strata] == [1.0] * 6
    for place, (_, members) in enumerate(strata[:5]):
        assert (bleeds.labels[members, place] == 1).all()
    assert (bleeds.labels[strata[5][1], 5] == 0).all()


def test_equal_classes_are_halves(spots: Spots) -> None:
    table = spots(5)
    (share, positive), (other, negative) = picture_strata(
        PNEUMONIA, table.labels, np.arange(len(table))
    )
    assert share == other == 0.5
    assert len(positive) == 6
    assert len(negative) == 4
    assert PNEUMONIA.sampling is Sampling.EQUAL_CLASSES


def test_the_loss_is_the_weighted_log_loss_and_leaves_unknown_labels_out() -> None:
    weights = torch.from_numpy(HEMORRHAGE.label_weights())
    target = torch.tensor([[0.0, 1.0, 0.0, 0.0, 0.0, 1.0]])
    logit = torch.logit(torch.tensor([[0.1, 0.8, 0.2, 0.1, 0.3, 0.9]]))
    by_hand = -(np.log([0.9, 0.8, 0.8, 0.9, 0.7, 0.9]) * [1, 1, 1, 1, 1, 2]).sum() / 7
    assert float(weighted_bce(logit, target, weights)) == pytest.approx(by_hand, rel=1e-5)
    target[0, 5] = torch.nan
    by_hand = -np.log([0.9, 0.8, 0.8, 0.9, 0.7]).mean()
    assert float(weighted_bce(logit, target, weights)) == pytest.approx(by_hand, rel=1e-5)


def test_a_net_learns_to_find_the_spot_on_patients_it_never_saw(
    spots: Spots, tmp_path: Path
) -> None:
    arrays = shrink_pictures(spots(40), tmp_path / "arrays", 32)
    split = split_pictures(arrays.table)
    trained = train_pictures(arrays, split, _config(60), tmp_path / "run", device="cpu")
    scores = picture_scores(
        trained.net, arrays.small[split.test], trained.params, torch.device("cpu")
    )[:, 0]
    truth = arrays.table.labels[split.test, 0] == 1
    assert scores[truth].min() > scores[~truth].max()


def test_a_run_that_goes_on_ends_with_the_same_weights(spots: Spots, tmp_path: Path) -> None:
    arrays = shrink_pictures(spots(20), tmp_path / "arrays", 32)
    split = split_pictures(arrays.table)
    whole = train_pictures(arrays, split, _config(8), tmp_path / "a", device="cpu")
    cancel = CancelToken()

    def stop_at_five(progress) -> None:
        if progress.done == 5:
            cancel.cancel()

    with pytest.raises(StopRequested):
        train_pictures(
            arrays, split, _config(8), tmp_path / "b", device="cpu",
            on_progress=stop_at_five, cancel=cancel,
        )  # fmt: skip
    again = train_pictures(arrays, split, _config(8), tmp_path / "b", device="cpu", resume=True)
    for name, weight in whole.net.state_dict().items():
        assert torch.equal(weight, again.net.state_dict()[name]), name


def test_a_frozen_backbone_stays_as_it_was_its_batch_norms_too(
    spots: Spots, tmp_path: Path
) -> None:
    arrays = shrink_pictures(spots(20), tmp_path / "arrays", 32)
    config = _config(2, backbone_share=0.0)
    torch.manual_seed(config.seed)
    before = build_picture_net(config.architecture, PNEUMONIA.picture, n_labels=1).state_dict()
    split = split_pictures(arrays.table)
    after = train_pictures(arrays, split, config, tmp_path / "run", device="cpu").net.state_dict()
    assert list(before) == list(after)
    for name, weight in after.items():
        if "num_batches" not in name:
            assert torch.equal(weight, before[name]) is name.startswith("backbone."), name


@pytest.mark.parametrize(("kept", "which"), [(Kept.BEST, min), (Kept.LAST, lambda said: said[-1])])
def test_the_best_weights_are_kept_or_the_last(
    spots: Spots, tmp_path: Path, kept: Kept, which: Callable[[list[float]], float]
) -> None:
    arrays = shrink_pictures(spots(20), tmp_path / "arrays", 32)
    split = split_pictures(arrays.table)
    config = replace(_config(12, measure_every=2), kept=kept)
    said: dict[int, float] = {}

    def hear(progress) -> None:
        if progress.stage == "net" and progress.done % 2 == 0:
            said[progress.done] = progress.metrics["held_out_loss"]

    trained = train_pictures(
        arrays, split, config, tmp_path / "run", device="cpu", on_progress=hear
    )
    logits = picture_logits(
        trained.net, arrays.small[split.validation], trained.params, torch.device("cpu")
    )
    truth = torch.from_numpy(arrays.table.labels[split.validation])
    loss = weighted_bce(torch.from_numpy(logits), truth, torch.ones(1))
    assert float(loss) == pytest.approx(which(list(said.values())), rel=1e-4)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (KeyboardInterrupt(), RunState.INTERRUPTED),
        (Cancelled(), RunState.STOPPED),
        (RuntimeError("a defect"), RunState.FAILED),
    ],
)
def test_how_a_run_ended_is_told(
    spots: Spots, tmp_path: Path, error: BaseException, state: RunState
) -> None:
    arrays = shrink_pictures(spots(20), tmp_path / "arrays", 32)
    split = split_pictures(arrays.table)

    def end_it(progress: object) -> None:
        raise error

    with pytest.raises(type(error)):
        train_pictures(
            arrays, split, _config(2), tmp_path / "run", device="cpu", on_progress=end_it
        )
    assert json.loads((tmp_path / "run" / "run.json").read_text())["state"] == state
