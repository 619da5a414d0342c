"""The protocol between the window's process and the worker: what goes in comes out."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models import wire
from pe_models.errors import WorkerError
from pe_models.findings import (
    BundleStamp,
    Crop,
    ExamScore,
    Findings,
    Flag,
    Heatmap,
    Quality,
    QualityCode,
    QualityWarning,
    SliceScore,
    Verdict,
    Zone,
)
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import SliceStamp, Volume, VolumeKind, VolumeOrigin
from pe_models.imaging.warnings import WarningCode
from pe_models.progress import Progress

STAMP = BundleStamp("pe-phantom", "1.0", "ab" * 32, "phantoms", "phantoms")

SHAPE = (3, 4, 6)

GEOMETRY = Geometry(
    shape=SHAPE,
    spacing_mm=(2.5, 0.7, 0.9),
    origin_mm=(-120.5, -80.0, -311.25),
    directions=((0.0, 0.0, 1.0), (0.0, 0.8, 0.6), (1.0, 0.0, 0.0)),
)

ORIGIN = VolumeOrigin(
    study_uid="2.25.1",
    series_uid="2.25.2",
    slices=tuple(SliceStamp(f"2.25.{9 - k}", 3 - k, None, -311.25 + 2.5 * k) for k in range(3)),
    slice_thickness_mm=2.5,
    warning_codes=frozenset({WarningCode.GAP, WarningCode.TILT}),
)

REFERENCE = wire.VolumeReference("psm_1234", GEOMETRY, ORIGIN, missing_slices=frozenset({1}))

FINDINGS = Findings(
    task="pe",
    bundle=STAMP,
    study_uid="2.25.1",
    series_uid="2.25.2",
    spacing_mm=(2.5, 0.7, 0.9),
    crop=Crop(0, 3, 1, 5),
    slices=tuple(
        SliceScore(k, 3 - k, None, f"2.25.{9 - k}", 2.5 * k, score, score / 2, {"pe": score})
        for k, score in enumerate((0.1, 0.500001, 1 / 3))
    ),
    exam={"central_pe": ExamScore(0.4, 0.5, 0.500001)},
    verdict=Verdict.POSITIVE,
    zone=Zone.UNCERTAIN,
    flags=(Flag(0, 1, 2, 0.500001, ("right",)),),
    flag_threshold=0.1,
    quality=Quality(None, (QualityWarning(QualityCode.GAP, "A gap."),)),
    violations_before=("1a",),
    consistency_cost=0.02,
    timing_ms={"total": 12.5},
)

MESSAGES = [
    wire.Analyze(1, REFERENCE),
    wire.Explain(2, REFERENCE, Crop(3, 40, 5, 60), "f" * 64, 41, "grad-cam"),
    wire.Describe(3),
    wire.Cancel(1),
    wire.Shutdown(5),
    wire.Ready(0, STAMP, "cuda:0", ("clot-map", "grad-cam")),
    wire.Progressed(1, Progress("slices", 3, 40, {"seconds_left": 1.5})),
    wire.Coarse(1, (0, 8, 16), (0.25, 0.5, 1.0)),
    wire.Failed(1, "The CT shows no lungs."),
    wire.Cancelled(1),
]


def decode(line: str) -> wire.Request | wire.Event:
    is_request = json.loads(line)["type"] in wire._REQUESTS
    return wire.decode_request(line) if is_request else wire.decode_event(line)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_comes_out_as_it_went_in_on_one_line(message: wire.Request | wire.Event) -> None:
    line = wire.encode(message)
    assert "\n" not in line
    assert decode(line) == message


def test_every_kind_of_message_has_its_place_in_the_protocol() -> None:
    assert {codec.kind for codec in wire._REQUESTS.values()} == set(wire.Request.__args__)
    assert {codec.kind for codec in wire._EVENTS.values()} == set(wire.Event.__args__)


def test_findings_and_heatmaps_come_out_as_they_went_in() -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3) - 2.25
    heatmap = Heatmap(1, values, Crop(0, 3, 1, 5), "grad-cam")
    done = wire.decode_event(wire.encode(wire.Done(7, FINDINGS, (heatmap,))))
    assert isinstance(done, wire.Done)
    assert done.request_id == 7
    assert done.findings == FINDINGS
    (back,) = done.heatmaps
    assert (back.slice_index, back.crop, back.method) == (1, heatmap.crop, "grad-cam")
    assert back.values.dtype == np.float32
    np.testing.assert_array_equal(back.values, values)


def test_an_explanation_brings_no_findings() -> None:
    done = wire.decode_event(wire.encode(wire.Done(7, None, ())))
    assert isinstance(done, wire.Done)
    assert done.findings is None


@given(st.lists(st.floats(-30, 30, width=32), min_size=6, max_size=6))
def test_activation_values_keep_the_precision_of_float16(logits: list[float]) -> None:
    values = np.asarray(logits, dtype=np.float32).reshape(3, 2)
    line = wire.encode(wire.Done(1, None, (Heatmap(0, values, Crop(0, 1, 0, 1)),)))
    done = wire.decode_event(line)
    assert isinstance(done, wire.Done)
    # IEEE 754 binary16: 11 significant bits, so half a unit in the last place is 2**-11
    np.testing.assert_allclose(done.heatmaps[0].values, values, rtol=2**-11, atol=2**-24)


def test_a_volume_is_the_same_on_the_other_side_without_copying_its_pixels() -> None:
    hu = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    volume = Volume(hu, GEOMETRY, ORIGIN, VolumeKind.RAW, missing_slices=frozenset({2}))
    request = wire.Analyze(1, wire.VolumeReference.to(volume, "psm_1"))
    back = wire.decode_request(wire.encode(request))
    assert isinstance(back, wire.Analyze)
    other = back.volume.volume_over(hu)
    assert np.shares_memory(other.hu, hu)
    assert (other.geometry, other.origin) == (volume.geometry, volume.origin)
    assert (other.kind, other.missing_slices) == (volume.kind, volume.missing_slices)


def test_an_unknown_message_is_named_with_its_id() -> None:
    with pytest.raises(wire.WireError, match="'diagnose'") as caught:
        wire.decode_request('{"type": "diagnose", "id": 4}')
    assert caught.value.request_id == 4


def test_an_event_is_no_request() -> None:
    with pytest.raises(wire.WireError, match="'ready'"):
        wire.decode_request(wire.encode(wire.Ready(0, STAMP, "cpu")))


@pytest.mark.parametrize("line", ["", "Traceback (most recent call last):", "[1, 2]", "{}", "null"])
def test_a_line_that_is_no_message_is_refused(line: str) -> None:
    with pytest.raises(wire.WireError):
        wire.decode_event(line)


def test_a_message_with_a_missing_field_is_refused_with_its_id() -> None:
    with pytest.raises(wire.WireError, match="'explain' is malformed") as caught:
        wire.decode_request('{"type": "explain", "id": 9, "method": "grad-cam"}')
    assert caught.value.request_id == 9


def test_an_impossible_geometry_is_refused() -> None:
    record = json.loads(wire.encode(wire.Analyze(1, REFERENCE)))
    record["volume"]["spacing_mm"] = [0.0, 1.0, 1.0]
    with pytest.raises(wire.WireError, match="spacing_mm"):
        wire.decode_request(json.dumps(record))


def test_a_fault_of_the_wire_is_a_fault_of_the_worker() -> None:
    assert issubclass(wire.WireError, WorkerError)


def test_scores_that_are_not_numbers_never_leave() -> None:
    with pytest.raises(ValueError, match="JSON"):
        wire.encode(replace(MESSAGES[7], scores=(0.1, float("nan"), 0.2)))


def test_the_wire_imports_no_torch() -> None:
    code = "import sys, pe_models.wire; print('torch' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
