"""Pictures judged one by one, and which task is taken for what a Volume shows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from pe_models.bundle import (
    ModelBundle,
    PictureBundle,
    import_bundle,
)
from pe_models.errors import BundleError, InputError, RefusedError
from pe_models.findings import CLASS_ACTIVATION, Findings
from pe_models.imaging.anatomy.skull import brain_area_cm2, shows_a_head
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import SliceStamp, Volume, VolumeKind, VolumeOrigin
from pe_models.pipeline import PicturePipeline, Pipeline, Pipelines, choose_task, open_pipeline
from pe_models.progress import Cancelled, CancelToken
from pe_models.tasks import HEMORRHAGE, PE, PNEUMONIA, Task
from tests.picture_bundles import spec_of, write_tiny

CPU = torch.device("cpu")


def _volume(hu: NDArray[np.int16], spacing_mm: tuple[float, float, float]) -> Volume:
    stamps = tuple(SliceStamp(f"2.25.8.{k}", k + 1, None, 5.0 * k) for k in range(len(hu)))
    return Volume(
        hu, Geometry.axial(hu.shape, spacing_mm), VolumeOrigin("2.25.1", "2.25.2", stamps)
    )


def _head(n_slices: int = 6, gap_px: int = 0) -> NDArray[np.int16]:
    """Brain in a skull in skin, 2 mm a pixel; the skull may have a gap."""
    rows, cols = np.mgrid[:120, :120] - 60.0
    radius = np.hypot(rows / 1.15, cols)
    each = np.full(radius.shape, -1000.0)
    each[radius < 44] = 30.0  # scalp
    each[radius < 40] = 1000.0
    each[radius < 36] = 35.0
    each[(radius < 40) & (rows < 0) & (np.abs(cols) < gap_px / 2)] = 35.0
    return np.repeat(each.astype(np.int16)[None], n_slices, axis=0)


@pytest.fixture
def head() -> Volume:
    return _volume(_head(), (5.0, 2.0, 2.0))


@pytest.fixture
def radiograph() -> Volume:
    values = np.random.default_rng(2).integers(0, 255, (1, 60, 80)).astype(np.int16)
    return replace(_volume(values, (1.0, 1.0, 1.0)), kind=VolumeKind.RAW)


def _bundle(folder: Path, task: Task, *, bias: float = 0.0) -> PictureBundle:
    """An untrained net; ``bias`` is added to the logit of each label."""
    return write_tiny(folder, spec_of(task, px=64), bias=bias)


def test_a_brain_in_a_skull_is_a_head_and_a_chest_is_none(head: Volume, tiny_chest: Volume) -> None:
    assert shows_a_head(head.hu, head.geometry)
    assert 70 < brain_area_cm2(head.hu, head.geometry).max() < 190
    assert not shows_a_head(tiny_chest.hu, tiny_chest.geometry)


def test_a_suture_leaves_a_head_a_head_and_an_open_bowl_is_none() -> None:
    geometry = Geometry.axial((2, 120, 120), (5.0, 2.0, 2.0))
    assert shows_a_head(_head(2, gap_px=2), geometry)
    assert not shows_a_head(_head(2, gap_px=30), geometry)


def test_what_the_slices_show_decides_the_task(
    head: Volume, tiny_chest: Volume, radiograph: Volume
) -> None:
    assert choose_task(tiny_chest).task is PE
    assert choose_task(head).task is HEMORRHAGE
    assert choose_task(radiograph).task is PNEUMONIA
    assert "brain within a skull" in choose_task(head).reason


def test_what_shows_neither_is_left_to_pe_which_refuses_it(
    head: Volume, tiny_bundle: ModelBundle
) -> None:
    water = replace(head, hu=np.zeros_like(head.hu))
    assert choose_task(water).task is PE
    with pytest.raises(RefusedError, match="No lungs"):
        Pipeline(tiny_bundle, CPU).run(water)


def test_findings_hold_a_score_for_every_label_and_no_verdict(head: Volume, tmp_path: Path) -> None:
    findings = PicturePipeline(_bundle(tmp_path, HEMORRHAGE), CPU).run(head)
    assert findings.task == "hemorrhage"
    assert findings.verdict is findings.zone is None
    assert all(tuple(entry.scores) == HEMORRHAGE.labels for entry in findings.slices)
    assert all(entry.pe_score is None for entry in findings.slices)
    highest = max(entry.scores["any"] for entry in findings.slices)
    assert findings.exam["any"].consistent == highest
    assert Findings.from_json(findings.to_json()) == findings


def test_two_runs_are_equal_but_for_their_times(head: Volume, tmp_path: Path) -> None:
    pipeline = PicturePipeline(_bundle(tmp_path, HEMORRHAGE), CPU)
    first, second = (replace(pipeline.run(head), timing_ms={}) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("bias", "n_flags"), [(20.0, 1), (-20.0, 0)])
def test_slices_above_the_threshold_are_flagged(
    head: Volume, tmp_path: Path, bias: float, n_flags: int
) -> None:
    findings = PicturePipeline(_bundle(tmp_path, HEMORRHAGE, bias=bias), CPU).run(head)
    assert len(findings.flags) == n_flags


def test_a_turned_head_gets_the_same_scores_and_its_maps_are_turned_with_it(
    tmp_path: Path,
) -> None:
    hu = _head()
    hu[:, 30:40, 70:90] = 80  # blood on one side
    upright = _volume(hu, (5.0, 2.0, 2.0))
    directions = upright.geometry.directions
    mirrored = replace(
        upright,
        hu=np.ascontiguousarray(hu[:, :, ::-1]),
        geometry=replace(
            upright.geometry,
            directions=(directions[0], directions[1], tuple(-v for v in directions[2])),
        ),
    )
    pipeline = PicturePipeline(_bundle(tmp_path, HEMORRHAGE), CPU)
    first, second = pipeline.analyze(upright), pipeline.analyze(mirrored)
    assert [s.scores for s in first.findings.slices] == [s.scores for s in second.findings.slices]
    values, turned = first.heatmaps[0].values, second.heatmaps[0].values
    assert np.allclose(values, turned[:, ::-1])
    assert not np.allclose(values, turned)


def test_the_map_of_a_picture_that_is_no_square_covers_the_picture_alone(
    radiograph: Volume, tmp_path: Path
) -> None:
    pipeline = PicturePipeline(_bundle(tmp_path, PNEUMONIA), CPU)
    heatmap = pipeline.analyze(radiograph).heatmaps[0]
    rows, cols = heatmap.values.shape
    assert rows / cols == pytest.approx(60 / 80, abs=0.02)
    assert heatmap.method == CLASS_ACTIVATION
    again = pipeline.explain(radiograph, 0, crop=heatmap.crop, method=CLASS_ACTIVATION)
    assert np.array_equal(again.values, heatmap.values)


def test_a_map_of_another_method_or_slice_is_refused(radiograph: Volume, tmp_path: Path) -> None:
    pipeline = PicturePipeline(_bundle(tmp_path, PNEUMONIA), CPU)
    crop = pipeline.run(radiograph).crop
    with pytest.raises(InputError, match="'grad-cam'"):
        pipeline.explain(radiograph, 0, crop=crop, method="grad-cam")
    with pytest.raises(InputError, match="no slice 1"):
        pipeline.explain(radiograph, 1, crop=crop, method=CLASS_ACTIVATION)


def test_a_bundle_refuses_what_its_task_is_not_about(
    tiny_chest: Volume, head: Volume, tmp_path: Path, tiny_bundle: ModelBundle
) -> None:
    with pytest.raises(RefusedError, match=r"hemorrhage: Its slices show lungs"):
        PicturePipeline(_bundle(tmp_path, HEMORRHAGE), CPU).run(tiny_chest)
    with pytest.raises(RefusedError, match="No lungs"):
        Pipeline(tiny_bundle, CPU).run(head)


def test_a_net_that_gives_no_numbers_makes_no_findings(head: Volume, tmp_path: Path) -> None:
    pipeline = PicturePipeline(_bundle(tmp_path, HEMORRHAGE), CPU)
    with torch.no_grad():
        pipeline._net.head.bias[3] = float("nan")
    with pytest.raises(BundleError, match="no numbers"):
        pipeline.run(head)


def test_too_little_memory_is_said_in_words(
    head: Volume, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr("pe_models.pipeline.pictures.picture_scores", full)
    pipeline = PicturePipeline(_bundle(tmp_path, HEMORRHAGE), CPU)
    with pytest.raises(InputError, match="does not hold this series"):
        pipeline.run(head)


def test_a_cancelled_run_stops(head: Volume, tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        PicturePipeline(_bundle(tmp_path, HEMORRHAGE), CPU).analyze(head, cancel=cancel)


def test_each_volume_goes_to_the_bundle_of_its_task_and_says_why(
    head: Volume, radiograph: Volume, tmp_path: Path, tiny_bundle: ModelBundle
) -> None:
    ours = import_bundle(_bundle(tmp_path, HEMORRHAGE).source)
    pipelines = Pipelines(lambda: open_pipeline(tiny_bundle, CPU), CPU)
    findings = pipelines.analyze(head).findings
    assert findings.bundle.sha256 == ours.sha256
    assert "skull" in findings.task_reason
    assert pipelines.of_bundle(ours.sha256) is not None
    assert pipelines.of_bundle("another") is None


def test_a_task_without_a_bundle_is_refused_with_what_to_do(
    radiograph: Volume, tiny_bundle: ModelBundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("pe_models.places.shipped_bundles", lambda: tmp_path)
    pipelines = Pipelines(lambda: open_pipeline(tiny_bundle, CPU), CPU)
    with pytest.raises(BundleError, match="pe-models task pneumonia"):
        pipelines.analyze(radiograph)
