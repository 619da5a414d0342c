"""dcmqi's reader of TID 1500 finds in the structured report what was written into it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pe_models.findings import Findings
from pe_viewer.report.dicom.structured_report import write_structured_report
from pe_viewer.report.model import Report


@pytest.fixture
def groups(full_report: Report, tmp_path: Path) -> list[dict[str, Any]]:
    """The measurement groups as dcmqi writes them to JSON."""
    beside = str(Path(sys.executable).parent)
    program = shutil.which("tid1500reader", path=f"{beside}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip("tid1500reader is not here: it comes with the package dcmqi")
    (tmp_path / "sr.dcm").write_bytes(write_structured_report(full_report).documents[0].content)
    command = [program, "--inputDICOM", tmp_path / "sr.dcm", "--outputMetadata", tmp_path / "read"]
    subprocess.run(command, check=True, capture_output=True)
    read = json.loads((tmp_path / "read").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = read["Measurements"]
    return found


def named(groups: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (group,) = [group for group in groups if group.get("TrackingIdentifier") == name]
    return group


def measured(group: dict[str, Any]) -> dict[str, float]:
    return {
        item["quantity"]["CodeValue"]: float(item["value"]) for item in group["measurementItems"]
    }


def answered(group: dict[str, Any]) -> dict[str, str]:
    return {
        item["conceptCode"]["CodeValue"]: item["conceptValue"]["CodeValue"]
        for item in group["qualitativeEvaluations"]
        if isinstance(item["conceptValue"], dict)
    }


def test_the_flags_have_their_scores_and_decisions(
    groups: list[dict[str, Any]], findings: Findings
) -> None:
    scores = {flag.score for flag in findings.flags}

    assert {measured(named(groups, f"Flag {n}"))["SCORE"] for n in (1, 2, 3)} == scores
    assert answered(named(groups, "Flag 2"))["DECISION"] == "REJECTED"


def test_the_reader_s_findings_are_the_same(groups: list[dict[str, Any]]) -> None:
    reader = named(groups, "Reader")

    assert answered(reader)["59282003"] == "52101004"
    assert measured(reader)["RV_DIAMETER"] == 45.5
    assert measured(reader)["QANADLI"] == 11


def test_every_slice_s_score_is_read(groups: list[dict[str, Any]], findings: Findings) -> None:
    scores = [measured(group)["SCORE"] for group in groups if "TrackingIdentifier" not in group]

    assert scores == pytest.approx([score.pe_score for score in findings.slices])
