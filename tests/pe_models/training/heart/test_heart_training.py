"""The heart's net learns where ventricles are; a run leaves it with what it is."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pe_models.bundle import HEART_FILE
from pe_models.errors import DatasetError, TrainingError
from pe_models.nets.heart_net import HeartNet, Ventricle, ventricle_scores
from pe_models.training.config import CropConfig, StageConfig
from pe_models.training.heart.config import HeartConfig
from pe_models.training.heart.sampler import NEITHER, HeartSampler, ventricles_of
from pe_models.training.heart.stage import heart_loss, overlaps
from pe_models.training.heart.train import train_heart
from pe_models.training.run import RunState
from pe_models.training.store import Store
from pe_models.training.store.tissue_labels import TissueLabel
from pe_models.training.weights.heart import read_heart_files

STEPS = StageConfig(steps=3, batch_size=2, learning_rate=1e-3, checkpoint_every=2)
CROPS = CropConfig(px=32, shift_px=4.0)
TINY = HeartConfig(width=2, steps=STEPS, crops=CROPS)
TINY = replace(TINY, preprocessing=replace(TINY.preprocessing, pixel_mm=5.0))


@pytest.fixture(scope="module")
def sampler(cut_store: Store) -> HeartSampler:
    return HeartSampler(cut_store, cut_store.studies, TINY)


def test_a_step_sees_the_same_crops_every_time(sampler: HeartSampler) -> None:
    first, again, other = sampler.batch(4), sampler.batch(4), sampler.batch(5)
    assert torch.equal(first.x, again.x)
    assert torch.equal(first.target, again.target)
    assert not torch.equal(first.x, other.x)
    assert first.x.shape == (2, 3, 32, 32)


def test_most_crops_show_both_ventricles(sampler: HeartSampler) -> None:
    batches = [sampler.batch(step) for step in range(12)]
    shown = [
        {int(kind) for kind in target.unique()} >= set(Ventricle)
        for batch in batches
        for target in batch.target
    ]
    assert sum(shown) > len(shown) / 3


def test_labels_become_ventricles() -> None:
    labels = torch.arange(len(TissueLabel) + 1, dtype=torch.uint8).numpy()
    found = ventricles_of(labels).tolist()
    assert found[TissueLabel.RIGHT_VENTRICLE] == Ventricle.RIGHT
    assert found[TissueLabel.LEFT_VENTRICLE] == Ventricle.LEFT
    assert found.count(NEITHER) == len(found) - 2


def test_what_is_found_exactly_has_the_least_loss() -> None:
    target = torch.full((1, 16, 16), NEITHER)
    target[0, 2:8, 2:8], target[0, 8:14, 6:14] = Ventricle.RIGHT, Ventricle.LEFT
    exact = 20.0 * torch.nn.functional.one_hot(target, 3).permute(0, 3, 1, 2).float()
    exchanged = exact[:, [1, 0, 2]]
    assert float(heart_loss(exact, target)) < 1e-3
    assert float(heart_loss(exchanged, target)) > 1.0
    assert overlaps(ventricle_scores(exact), target).tolist() == pytest.approx([1.0, 1.0], abs=1e-3)


def test_the_net_learns_two_crops_by_heart(sampler: HeartSampler) -> None:
    torch.manual_seed(1)
    net, batch = HeartNet(6).train(), sampler.held_out_batch(2)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = heart_loss(net(batch.x), batch.target)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.25 * losses[0]


def test_a_run_leaves_the_net_and_what_it_is(cut_store: Store, tmp_path: Path) -> None:
    steps: list[int] = []
    state = train_heart(
        cut_store,
        tmp_path,
        TINY,
        device="cpu",
        held_out_fraction=0.5,
        on_progress=lambda p: steps.append(p.done),
    )
    assert state is RunState.DONE
    assert steps == [1, 2, 3]
    trained = read_heart_files(tmp_path)
    assert trained.spec.width == 2
    assert trained.spec.preprocessing == TINY.preprocessing
    assert trained.spec.trained_on.startswith("2 phantoms")
    assert trained.weights == (tmp_path / HEART_FILE).read_bytes()
    metrics = json.loads((tmp_path / "run.json").read_text())["metrics"]
    assert {"held_out_loss", "right_overlap", "left_overlap"} <= set(metrics)


def test_a_run_that_is_asked_to_stop_goes_on_from_its_checkpoint(
    cut_store: Store, tmp_path: Path
) -> None:
    """With the same weights as one that was never stopped."""
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    settings = {"device": "cpu", "held_out_fraction": 0.5}
    train_heart(cut_store, whole, TINY, **settings)  # type: ignore[arg-type]

    def stop(progress: object) -> None:
        (stopped / "stop").touch()

    state = train_heart(cut_store, stopped, TINY, on_progress=stop, **settings)  # type: ignore[arg-type]
    assert state is RunState.STOPPED
    assert not (stopped / HEART_FILE).exists()
    train_heart(cut_store, stopped, TINY, resume=True, **settings)  # type: ignore[arg-type]
    assert (stopped / HEART_FILE).read_bytes() == (whole / HEART_FILE).read_bytes()


def state_of(run: Path) -> object:
    return json.loads((run / "run.json").read_text())["state"]


def test_an_interrupted_run_says_so(cut_store: Store, tmp_path: Path) -> None:
    def interrupt(progress: object) -> None:
        raise KeyboardInterrupt

    settings = {"device": "cpu", "held_out_fraction": 0.5}
    with pytest.raises(KeyboardInterrupt):
        train_heart(cut_store, tmp_path, TINY, on_progress=interrupt, **settings)  # type: ignore[arg-type]
    assert state_of(tmp_path) == "interrupted"


def test_a_run_of_too_few_patients_has_failed(cut_store: Store, tmp_path: Path) -> None:
    alone = replace(cut_store, studies=cut_store.studies[:1])
    with pytest.raises(DatasetError, match="too few"):
        train_heart(alone, tmp_path, TINY, device="cpu")
    assert state_of(tmp_path) == "failed"


def test_a_store_for_evaluation_is_never_trained_on(cut_store: Store, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="reserved for evaluation"):
        train_heart(replace(cut_store, is_reserved=True), tmp_path, TINY)


def test_studies_without_masks_teach_nothing(cut_store: Store) -> None:
    plain = [replace(study, labels_sha256=None) for study in cut_store.studies]
    with pytest.raises(DatasetError, match="where its ventricles are"):
        HeartSampler(cut_store, plain, TINY)


def test_a_folder_without_a_net_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no trained net"):
        read_heart_files(tmp_path)
