"""The pipeline with a dense slice net: clot maps over the crop, and the scores read from them."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from pe_models.bundle import ModelBundle
from pe_models.errors import InputError
from pe_models.explain import GRAD_CAM
from pe_models.findings import CLASS_ACTIVATION, CLOT_MAP, ArteryLevel, Findings, Side
from pe_models.imaging.volume import Volume
from pe_models.nets.dense_slice_net import DenseSliceNet
from pe_models.nets.inference import SliceReader
from pe_models.nets.tissues import Tissue
from pe_models.pipeline import Pipeline
from pe_models.placing.exam_sides import ExamSideRule, SideWeights
from pe_models.placing.levels import N_NUMBERS, LevelRule
from pe_models.placing.rules import PlaceRules
from pe_models.progress import Cancelled, CancelToken, Progress

WIDTH = 8
PIXEL_MM = 3.0


@pytest.fixture
def pipeline(dense_bundle: ModelBundle) -> Pipeline:
    return Pipeline(dense_bundle, "cpu")


@pytest.fixture
def bright_is_clot(pipeline: Pipeline) -> Pipeline:
    """The pipeline with a net whose clot and artery maps follow how bright the middle slice is."""
    net = pipeline._at_work.nets.slice_classifier
    assert isinstance(net, DenseSliceNet)
    net.encode = lambda x: (_brightness(x), torch.zeros(len(x), 64))  # type: ignore[method-assign]
    pipeline._at_work._readers = (SliceReader(net),)
    with torch.no_grad():
        net.maps.weight.zero_()
        net.maps.weight[[Tissue.CLOT, Tissue.ARTERY], 0] = 8.0
    return pipeline


def _brightness(x: torch.Tensor) -> torch.Tensor:
    """(batch, 3, row, col) -> (batch, WIDTH, row / 2, col / 2), channel 0 the middle slice."""
    grey = torch.nn.functional.avg_pool2d(x[:, 1:2].float(), 2)
    return torch.cat([grey, torch.zeros_like(grey).expand(-1, WIDTH - 1, -1, -1)], dim=1)


def without_timing(findings: Findings) -> str:
    return replace(findings, timing_ms={}).to_json()


def test_every_slice_has_a_clot_map_of_cells_of_four_pixels_over_the_crop(
    pipeline: Pipeline, tiny_chest: Volume
) -> None:
    analysis = pipeline.analyze(tiny_chest)
    crop, (_, row_mm, col_mm) = analysis.findings.crop, tiny_chest.geometry.spacing_mm
    for index, heatmap in enumerate(analysis.heatmaps):
        assert (heatmap.slice_index, heatmap.method) == (index, CLOT_MAP)
        assert heatmap.crop == crop
        rows, cols = heatmap.values.shape
        assert abs(rows * 4 * PIXEL_MM - (crop.row_max - crop.row_min) * row_mm) <= 2 * PIXEL_MM
        assert abs(cols * 4 * PIXEL_MM - (crop.col_max - crop.col_min) * col_mm) <= 2 * PIXEL_MM


def test_a_clot_map_lies_where_the_net_saw_its_clot(
    bright_is_clot: Pipeline, tiny_chest: Volume
) -> None:
    """A bright block in the right upper part of one slice is where that slice's map is highest."""
    hu = np.minimum(tiny_chest.hu, 0)
    hu[11, 40:46, 22:28] = 1000
    analysis = bright_is_clot.analyze(replace(tiny_chest, hu=hu))
    values, crop = analysis.heatmaps[11].values, analysis.findings.crop
    row, col = np.unravel_index(values.argmax(), values.shape)
    high = (crop.row_max - crop.row_min) / values.shape[0]
    wide = (crop.col_max - crop.col_min) / values.shape[1]
    assert crop.row_min + (row + 0.5) * high == pytest.approx(43, abs=high)
    assert crop.col_min + (col + 0.5) * wide == pytest.approx(25, abs=wide)
    peaks = [heatmap.values.max() for heatmap in analysis.heatmaps]
    assert int(np.argmax(peaks)) == 11


def marked(volume: Volume) -> Volume:
    """A bright block at voxel (11, 43, 25), in the right lung, and nothing else above water."""
    hu = np.minimum(volume.hu, 0)
    hu[11, 40:46, 22:28] = 1000
    return replace(volume, hu=hu)


def flag_all(pipeline: Pipeline) -> Pipeline:
    """Untrained scores lie near a half."""
    pipeline._rules = replace(pipeline._rules, flag_threshold=0.01)
    return pipeline


def test_a_flag_is_marked_where_the_net_saw_its_clot(
    bright_is_clot: Pipeline, tiny_chest: Volume
) -> None:
    """Cells are 6 mm wide, voxels 4 mm."""
    (flag,) = flag_all(bright_is_clot).run(marked(tiny_chest)).flags
    assert flag.sides[0] == "right"
    place = flag.places[0]
    assert (place.slice_index, place.side, place.level) == (11, Side.RIGHT, None)
    assert (place.row, place.col) == (pytest.approx(42.5, abs=2), pytest.approx(24.5, abs=2))


def test_a_place_of_a_mirrored_series_lies_at_its_stored_voxel(
    bright_is_clot: Pipeline, tiny_chest: Volume
) -> None:
    upright = marked(tiny_chest)
    geometry = upright.geometry
    slices, rows, cols = geometry.directions
    corner = geometry.to_patient_mm((0, 0, geometry.shape[2] - 1))
    mirrored = replace(
        upright,
        hu=np.ascontiguousarray(upright.hu[:, :, ::-1]),
        geometry=replace(
            geometry,
            origin_mm=tuple(corner.tolist()),
            directions=(slices, rows, tuple(-v for v in cols)),
        ),
    )
    (expected,) = flag_all(bright_is_clot).run(upright).flags
    (found,) = bright_is_clot.run(mirrored).flags
    last = geometry.shape[2] - 1
    assert found.places == tuple(
        replace(p, col=pytest.approx(last - p.col)) for p in expected.places
    )


def test_a_bundle_with_rules_tells_levels_and_the_sides_of_the_exam(
    bright_is_clot: Pipeline, tiny_chest: Volume
) -> None:
    always_lobar = LevelRule(
        (0.0,) * N_NUMBERS,
        (1.0,) * N_NUMBERS,
        tuple((*[0.0] * N_NUMBERS, float(k == 1)) for k in range(4)),
    )
    of_places_alone = ExamSideRule(SideWeights(0, 0, 1, 0), SideWeights(0, 0, 1))
    bright_is_clot._place_rules = PlaceRules(levels=always_lobar, exam_sides=of_places_alone)
    bright_is_clot._rules = replace(bright_is_clot._rules, exam_sides=of_places_alone)
    findings = flag_all(bright_is_clot).run(marked(tiny_chest))
    assert findings.flags[0].level is ArteryLevel.LOBAR
    right, left = (findings.exam[f"{side}sided_pe"].calibrated for side in ("right", "left"))
    assert right > left


def test_a_net_without_maps_marks_no_places(tiny_bundle: ModelBundle, tiny_chest: Volume) -> None:
    analysis = flag_all(Pipeline(tiny_bundle, "cpu")).analyze(tiny_chest)
    assert analysis.evidence is None
    assert analysis.findings.flags
    assert not any(flag.sides or flag.places for flag in analysis.findings.flags)


def test_two_runs_give_equal_findings_but_for_timing(
    pipeline: Pipeline, tiny_chest: Volume
) -> None:
    assert without_timing(pipeline.run(tiny_chest)) == without_timing(pipeline.run(tiny_chest))


def test_the_coarse_scores_are_those_of_full_precision(
    pipeline: Pipeline, tiny_chest: Volume
) -> None:
    early: dict[int, float] = {}
    analysis = pipeline.analyze(
        tiny_chest, on_coarse=lambda i, s: early.update(zip(i, s, strict=True))
    )
    hu = torch.from_numpy(tiny_chest.hu.copy())
    with torch.inference_mode():
        for index in (0, 7, 19):
            x = pipeline._at_work.slice_inputs(tiny_chest, hu, (index,), analysis.findings.crop)
            expected = pipeline._at_work.nets.slice_classifier(x).logit.sigmoid().item()
            assert early[index] == pytest.approx(expected, abs=5e-3)


@pytest.mark.parametrize("method", [CLOT_MAP, GRAD_CAM])
def test_a_map_on_demand_has_the_grid_of_the_analysis(
    pipeline: Pipeline, tiny_chest: Volume, method: str
) -> None:
    analysis = pipeline.analyze(tiny_chest)
    found = pipeline.explain(tiny_chest, 5, crop=analysis.findings.crop, method=method)
    assert found.method == method
    assert found.values.shape == analysis.heatmaps[5].values.shape
    if method == CLOT_MAP:
        np.testing.assert_allclose(found.values, analysis.heatmaps[5].values, atol=0.05)


def test_a_map_that_a_dense_net_has_not_is_refused(pipeline: Pipeline, tiny_chest: Volume) -> None:
    crop = pipeline.run(tiny_chest).crop
    with pytest.raises(InputError, match="there is clot-map, grad-cam"):
        pipeline.explain(tiny_chest, 5, crop=crop, method=CLASS_ACTIVATION)


@pytest.mark.wall_clock
def test_cancel_stops_a_run_within_half_a_second(pipeline: Pipeline, tiny_chest: Volume) -> None:
    cancel, cancelled_at = CancelToken(), 0.0

    def cancel_at_the_first_slices(progress: Progress) -> None:
        nonlocal cancelled_at
        if progress.stage == "slices" and not cancel.is_cancelled:
            cancelled_at = time.monotonic()
            cancel.cancel()

    with pytest.raises(Cancelled):
        pipeline.run(tiny_chest, cancel_at_the_first_slices, cancel)
    assert time.monotonic() - cancelled_at < 0.5
