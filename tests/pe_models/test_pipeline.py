"""The pipeline from a Volume to Findings, on tiny untrained nets."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pe_models.bundle import ModelBundle
from pe_models.errors import BundleError, InputError, RefusedError
from pe_models.explain import own_map
from pe_models.findings import Findings, Verdict, Zone
from pe_models.imaging.anatomy.lungs import lung_box, segment_lungs
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_folder
from pe_models.imaging.volume import Volume, VolumeKind
from pe_models.labels import EXAM_LABELS, NEGATIVE
from pe_models.pipeline import COARSE_STEP, Analysis, Pipeline, choose_device
from pe_models.progress import Cancelled, CancelToken, Progress


@pytest.fixture
def pipeline(tiny_bundle: ModelBundle) -> Pipeline:
    return Pipeline(tiny_bundle, "cpu")


@pytest.fixture
def certain_of_no_pe(pipeline: Pipeline) -> Pipeline:
    """The pipeline with a sequence net that calls every exam negative, without doubt."""
    sequence = pipeline._at_work.nets.sequence
    with torch.no_grad():
        sequence.image_head.weight.zero_()
        sequence.image_head.bias.fill_(-6.0)
        sequence.exam_head.weight.zero_()
        sequence.exam_head.bias.fill_(-6.0)
        sequence.exam_head.bias[EXAM_LABELS.index(NEGATIVE)] = 6.0
    return pipeline


def without_timing(findings: Findings) -> str:
    return replace(findings, timing_ms={}).to_json()


def test_findings_have_one_entry_a_slice_with_its_identity(
    pipeline: Pipeline, tiny_chest: Volume
) -> None:
    findings = pipeline.run(tiny_chest)
    assert findings.n_slices == tiny_chest.n_slices
    for score, stamp in zip(findings.slices, tiny_chest.origin.slices, strict=True):
        assert score.sop_instance_uid == stamp.sop_instance_uid
        assert score.instance_number == stamp.instance_number
        assert score.position_mm == stamp.position_mm
        assert score.scores == {"pe": score.pe_score}
    assert findings.series_uid == tiny_chest.origin.series_uid
    assert set(findings.exam) == set(EXAM_LABELS)
    assert findings.bundle == pipeline.bundle.stamp()
    assert set(findings.timing_ms) == {
        "read", "localize", "slices", "sequence", "explain", "heart", "total"
    }  # fmt: skip


def test_two_runs_give_equal_findings_but_for_timing(
    pipeline: Pipeline, tiny_chest: Volume
) -> None:
    assert without_timing(pipeline.run(tiny_chest)) == without_timing(pipeline.run(tiny_chest))


def test_findings_survive_their_json(pipeline: Pipeline, tiny_chest: Volume) -> None:
    findings = pipeline.run(tiny_chest)
    assert Findings.from_json(findings.to_json()) == findings


def test_each_score_is_what_the_slice_net_and_the_sequence_net_say(
    pipeline: Pipeline, tiny_chest: Volume
) -> None:
    """The pipeline's batches and order change nothing: slice by slice gives the same."""
    analysis = pipeline.analyze(tiny_chest)
    nets, crop = pipeline._at_work.nets, analysis.findings.crop
    hu = torch.from_numpy(tiny_chest.hu.copy())
    with torch.inference_mode():
        inputs = [
            pipeline._at_work.slice_inputs(tiny_chest, hu, (k,), crop)
            for k in range(tiny_chest.n_slices)
        ]
        outputs = [nets.slice_classifier(x) for x in inputs]
        features = torch.cat([output.embedding for output in outputs])[None]
        raw = nets.sequence(features, torch.tensor([tiny_chest.n_slices])).image_logit[0].sigmoid()
    found = [score.pe_score_raw for score in analysis.findings.slices]
    np.testing.assert_allclose(found, raw.numpy(), atol=1e-5)
    for heatmap, x in zip(analysis.heatmaps, inputs, strict=True):
        alone = own_map(nets.slice_classifier, x)
        np.testing.assert_allclose(heatmap.values, alone, atol=1e-4)


def test_every_slice_has_an_activation_map_over_the_crop(
    pipeline: Pipeline, tiny_chest: Volume
) -> None:
    analysis = pipeline.analyze(tiny_chest)
    assert [h.slice_index for h in analysis.heatmaps] == list(range(tiny_chest.n_slices))
    assert all(h.crop == analysis.findings.crop for h in analysis.heatmaps)


def test_progress_goes_through_the_stages_and_each_slice_is_counted(
    pipeline: Pipeline, tiny_chest: Volume
) -> None:
    reports: list[Progress] = []
    pipeline.run(tiny_chest, reports.append)
    assert list(dict.fromkeys(p.stage for p in reports)) == ["localize", "slices", "sequence"]
    slices = [p.done for p in reports if p.stage == "slices"]
    assert slices == sorted(slices)
    assert slices[-1] == tiny_chest.n_slices


def test_a_coarse_track_comes_first_and_no_slice_is_scored_twice(
    pipeline: Pipeline, tiny_chest: Volume
) -> None:
    seen: list[int] = []
    pipeline.analyze(tiny_chest, on_coarse=lambda indices, scores: seen.extend(indices))
    coarse = list(range(0, tiny_chest.n_slices, COARSE_STEP))
    assert seen[: len(coarse)] == coarse
    assert sorted(seen) == list(range(tiny_chest.n_slices))


@pytest.mark.wall_clock
def test_cancel_stops_a_run_within_half_a_second(pipeline: Pipeline, tiny_chest: Volume) -> None:
    cancel = CancelToken()
    cancelled_at = 0.0

    def cancel_at_the_first_slices(progress: Progress) -> None:
        nonlocal cancelled_at
        if progress.stage == "slices" and not cancel.is_cancelled:
            cancelled_at = time.monotonic()
            cancel.cancel()

    with pytest.raises(Cancelled):
        pipeline.run(tiny_chest, cancel_at_the_first_slices, cancel)
    assert time.monotonic() - cancelled_at < 0.5


def test_thick_slices_are_never_called_negative(
    certain_of_no_pe: Pipeline, tiny_chest: Volume
) -> None:
    findings = certain_of_no_pe.run(tiny_chest)
    assert "thick_slices" in [warning.code for warning in findings.quality.warnings]
    assert findings.verdict is Verdict.INDETERMINATE
    assert findings.zone is not Zone.NEGATIVE
    assert findings.exam["indeterminate"].consistent > 0.5


@pytest.mark.parametrize(
    ("folder", "reason"),
    [("lidc-chest", "not_opacified"), ("rider-ctpa", "incomplete_coverage")],
)
def test_a_real_ct_that_cannot_exclude_pe_is_not_called_negative(
    certain_of_no_pe: Pipeline, real_data: Path, folder: str, reason: str
) -> None:
    volume = read_volume(scan_folder(real_data / folder)[0].series[0])
    findings = certain_of_no_pe.run(volume)
    assert reason in [warning.code for warning in findings.quality.warnings]
    assert findings.verdict is Verdict.INDETERMINATE
    assert findings.zone is not Zone.NEGATIVE


def test_slices_stored_mirrored_and_turned_give_the_same_findings(
    pipeline: Pipeline, tiny_chest: Volume
) -> None:
    analysis = pipeline.analyze(tiny_chest)
    turned = pipeline.analyze(stored_turned(tiny_chest))
    np.testing.assert_allclose(turned.findings.pe_scores(), analysis.findings.pe_scores())
    rows = tiny_chest.geometry.shape[1]
    upright, other = analysis.findings.crop, turned.findings.crop
    assert (other.row_min, other.row_max) == (upright.col_min, upright.col_max)
    assert (other.col_min, other.col_max) == (rows - upright.row_max, rows - upright.row_min)
    np.testing.assert_allclose(turned.heatmaps[3].values, analysis.heatmaps[3].values[::-1].T)


@pytest.mark.parametrize("method", ["class activation", "grad-cam"])
def test_a_map_on_demand_lies_where_that_of_the_analysis_does(
    pipeline: Pipeline, tiny_chest: Volume, method: str
) -> None:
    for volume in (tiny_chest, stored_turned(tiny_chest)):
        analysis = pipeline.analyze(volume)
        expected = analysis.heatmaps[5]
        found = pipeline.explain(volume, 5, crop=analysis.findings.crop, method=method)
        assert found.crop == expected.crop
        away = found.values - expected.values  # Grad-CAM lacks the bias, which is everywhere alike
        np.testing.assert_allclose(away, away.mean(), atol=1e-3)


def test_a_map_of_a_slice_that_is_not_there_is_refused(
    pipeline: Pipeline, tiny_chest: Volume
) -> None:
    crop = pipeline.run(tiny_chest).crop
    with pytest.raises(InputError, match="20"):
        pipeline.explain(tiny_chest, 20, crop=crop, method="class activation")


def test_a_volume_without_hounsfield_units_is_refused(
    pipeline: Pipeline, tiny_chest: Volume
) -> None:
    with pytest.raises(RefusedError):
        pipeline.run(replace(tiny_chest, kind=VolumeKind.RAW))


def test_a_volume_without_lungs_is_refused(pipeline: Pipeline, tiny_chest: Volume) -> None:
    water = np.zeros_like(tiny_chest.hu)
    with pytest.raises(RefusedError):
        pipeline.run(replace(tiny_chest, hu=water))


def test_no_lung_is_left_out_though_the_localizer_errs(
    pipeline: Pipeline, tiny_chest: Volume
) -> None:
    head = pipeline._at_work.nets.localizer.net.get_classifier()
    with torch.no_grad():
        head.weight.zero_()
        head.bias.copy_(torch.tensor([0.1, 0.1, 0.4, 0.4]))
    crop = pipeline.run(tiny_chest).crop
    lungs = lung_box(segment_lungs(tiny_chest.hu, tiny_chest.geometry))
    assert crop.joined(lungs) == crop
    assert (crop.row_min, crop.col_min) == (7, 7)  # 0.1 less the margin of 0.02, of 96 px


def test_nets_that_give_no_numbers_make_no_findings(pipeline: Pipeline, tiny_chest: Volume) -> None:
    with torch.no_grad():
        pipeline._at_work.nets.sequence.exam_head.bias[3] = float("nan")
    with pytest.raises(BundleError, match="no findings"):
        pipeline.run(tiny_chest)


def test_a_bundle_of_another_task_is_refused(tiny_bundle: ModelBundle) -> None:
    other = replace(tiny_bundle, spec=replace(tiny_bundle.spec, task="hemorrhage"))
    with pytest.raises(BundleError, match="hemorrhage"):
        Pipeline(other, "cpu")


def test_labels_in_another_order_change_no_score(
    tiny_bundle: ModelBundle, tiny_chest: Volume
) -> None:
    backward = replace(tiny_bundle.spec, labels=tuple(reversed(EXAM_LABELS)))
    usual = Pipeline(tiny_bundle, "cpu").run(tiny_chest)
    other = Pipeline(replace(tiny_bundle, spec=backward), "cpu").run(tiny_chest)
    for label, mirrored in zip(EXAM_LABELS, reversed(EXAM_LABELS), strict=True):
        assert other.exam[label].raw == usual.exam[mirrored].raw


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_a_missing_device_is_said_in_words() -> None:
    assert choose_device("auto") == torch.device("cpu")
    with pytest.raises(InputError, match="CUDA"):
        choose_device("cuda")


def stored_turned(volume: Volume) -> Volume:
    """The same patient with rows and cols exchanged and the patient's front at the high cols."""
    (n_slices, rows, cols), (slice_mm, row_mm, col_mm) = (
        volume.geometry.shape,
        volume.geometry.spacing_mm,
    )
    corner = volume.geometry.to_patient_mm((0, rows - 1, 0)).tolist()
    slice_axis, row_axis, col_axis = volume.geometry.directions
    backward = (-row_axis[0], -row_axis[1], -row_axis[2])
    geometry = Geometry(
        (n_slices, cols, rows),
        (slice_mm, col_mm, row_mm),
        (corner[0], corner[1], corner[2]),
        (slice_axis, col_axis, backward),
    )
    hu = np.ascontiguousarray(volume.hu[:, ::-1].swapaxes(1, 2))
    return replace(volume, hu=hu, geometry=geometry)


def test_an_analysis_is_its_findings_and_maps(pipeline: Pipeline, tiny_chest: Volume) -> None:
    analysis = pipeline.analyze(tiny_chest)
    assert isinstance(analysis, Analysis)
    assert without_timing(analysis.findings) == without_timing(pipeline.run(tiny_chest))


def test_the_lungs_slices_are_counted_in_slices_of_the_volume(tiny_chest: Volume) -> None:
    lungs = segment_lungs(tiny_chest.hu, tiny_chest.geometry)
    found = lungs.slice_range
    assert found is not None
    aerated = np.flatnonzero(((tiny_chest.hu > -950) & (tiny_chest.hu < -600)).mean((1, 2)) > 0.01)
    assert abs(found[0] - aerated[0]) <= lungs.grid.step[0]
    assert abs(found[1] - aerated[-1]) <= lungs.grid.step[0]
    assert segment_lungs(np.zeros_like(tiny_chest.hu), tiny_chest.geometry).slice_range is None
