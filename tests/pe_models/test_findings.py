"""Findings keep every score unrounded through their JSON, whose fields are the contract's."""

import json
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_models import NOTICE
from pe_models.findings import (
    ArteryLevel,
    BundleStamp,
    Crop,
    ExamScore,
    Findings,
    Flag,
    MarkedPlace,
    Quality,
    QualityCode,
    QualityWarning,
    Side,
    SliceScore,
    Verdict,
    Zone,
)

PLACE = MarkedPlace(1, 30.5, 12.25, 0.75, Side.RIGHT, ArteryLevel.LOBAR)
FINDINGS = Findings(
    task="pe",
    bundle=BundleStamp("pe-phantom", "1.0", "ab" * 32, "phantoms", "phantoms"),
    study_uid="2.25.1",
    series_uid="2.25.2",
    spacing_mm=(1.25, 0.7, 0.8),
    crop=Crop(60, 420, 40, 470),
    slices=(
        SliceScore(0, 2, None, "2.25.9", -312.5, 0.013, 0.02, {"pe": 0.013}),
        SliceScore(1, None, 7, "2.25.8", -311.25, 0.500001, 0.4, {"pe": 0.500001}),
    ),
    exam={"negative_exam_for_pe": ExamScore(0.08, 0.06, 0.06)},
    verdict=Verdict.POSITIVE,
    zone=Zone.UNCERTAIN,
    flags=(
        Flag(0, 0, 0, 0.3, ("left",), None, (MarkedPlace(0, 9.0, 8.0, 0.4, Side.LEFT),)),
        Flag(1, 1, 1, 0.500001, ("right",), ArteryLevel.LOBAR, (PLACE,)),
    ),
    flag_threshold=0.3,
    quality=Quality(412.0, (QualityWarning(QualityCode.GAP, "A gap of 5 mm."),)),
    violations_before=("1a", "1b"),
    consistency_cost=0.25,
    timing_ms={"total": 12.5},
)


def test_findings_come_back_from_their_json_as_they_were() -> None:
    assert Findings.from_json(FINDINGS.to_json()) == FINDINGS


def test_the_json_has_the_fields_of_the_contract() -> None:
    record = json.loads(FINDINGS.to_json())
    assert {
        "schema_version", "research_use_only", "task", "software", "bundle", "series", "crop",
        "slices", "exam", "verdict", "zone", "consistency", "flags", "quality", "device",
        "timing_ms",
    } <= set(record)  # fmt: skip
    assert record["schema_version"] == 1
    assert record["research_use_only"] is True
    assert record["notice"] == NOTICE
    assert set(record["slices"][0]) == {
        "slice_index", "instance_number", "frame_number", "sop_instance_uid", "position_mm",
        "pe_score", "pe_score_raw", "scores",
    }  # fmt: skip
    assert record["series"] == {
        "study_uid": "2.25.1",
        "series_uid": "2.25.2",
        "n_slices": 2,
        "spacing_mm": [1.25, 0.7, 0.8],
    }
    assert record["consistency"] == {"violations_before": ["1a", "1b"], "cost": 0.25}
    assert record["quality"]["warnings"] == [{"code": "gap", "message": "A gap of 5 mm."}]
    assert record["verdict"] == "positive"


def test_flags_name_their_places_their_sides_and_a_level() -> None:
    flag = json.loads(FINDINGS.to_json())["flags"][1]
    assert flag["sides"] == ["right"]
    assert flag["level"] == "lobar"
    assert flag["places"] == [
        {"slice_index": 1, "row": 30.5, "col": 12.25, "score": 0.75, "side": "right",
         "level": "lobar"}
    ]  # fmt: skip


def test_findings_written_before_flags_had_places_are_read_without() -> None:
    record = json.loads(FINDINGS.to_json())
    for flag in record["flags"]:
        del flag["level"], flag["places"]
    assert Findings.from_dict(record).flags == (
        Flag(0, 0, 0, 0.3, ("left",)),
        Flag(1, 1, 1, 0.500001, ("right",)),
    )


@given(st.floats(0, 1))
def test_a_score_is_written_unrounded(score: float) -> None:
    changed = replace(FINDINGS.slices[0], pe_score=score)
    findings = replace(FINDINGS, slices=(changed,))
    assert Findings.from_json(findings.to_json()).slices[0].pe_score == score


def test_a_score_that_is_no_number_is_never_written() -> None:
    broken = replace(FINDINGS, slices=(replace(FINDINGS.slices[0], pe_score=float("nan")),))
    with pytest.raises(ValueError, match="JSON"):
        broken.to_json()


def test_findings_of_another_schema_version_are_refused() -> None:
    record = {**FINDINGS.to_dict(), "schema_version": 2}
    with pytest.raises(ValueError, match="version 2"):
        Findings.from_dict(record)


def test_another_task_has_no_pe_scores_and_no_verdict() -> None:
    slices = (replace(FINDINGS.slices[0], pe_score=None, pe_score_raw=None),)
    findings = replace(FINDINGS, task="hemorrhage", slices=slices, verdict=None, zone=None)
    back = Findings.from_json(findings.to_json())
    assert (back.verdict, back.zone) == (None, None)
    assert np.isnan(back.pe_scores()).all()


def test_findings_are_never_edited() -> None:
    with pytest.raises(FrozenInstanceError):
        FINDINGS.verdict = Verdict.NEGATIVE  # type: ignore[misc]


@pytest.mark.parametrize("run", [(5, 4, 9), (5, 10, 9), (-1, 0, 2)])
def test_a_flag_whose_peak_is_outside_its_run_is_refused(run: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="not a run"):
        Flag(*run, 0.9)


def test_a_flag_holds_its_first_and_its_last_slice() -> None:
    flag = Flag(3, 4, 6, 0.9)
    assert [k for k in range(9) if k in flag] == [3, 4, 5, 6]


def test_any_quality_warning_keeps_a_verdict_from_being_negative() -> None:
    assert not Quality(400.0).excludes_negative
    for code in QualityCode:
        assert Quality(400.0, (QualityWarning(code, "why"),)).excludes_negative
