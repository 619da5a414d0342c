"""What the model measured of the heart stands in every format, as the model's."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from PySide6.QtWidgets import QApplication

from pe_models.findings import Findings
from pe_models.heart_findings import (
    NO_FORECAST,
    HeartRefusal,
    RatioRange,
    RightHeart,
    Trunk,
    Width,
)
from pe_viewer.form.answers import Language
from pe_viewer.report.content.heart import heart_notes
from pe_viewer.report.content.phrases import phrases_in
from pe_viewer.report.dicom.structured_report import write_structured_report
from pe_viewer.report.fhir.bundle import write_fhir
from pe_viewer.report.html.page import write_html
from pe_viewer.report.model import Report
from pe_viewer.report.tables.csv_report import write_csv
from pe_viewer.report.tables.json_report import write_json
from pe_viewer.review import Review

MakeReport = Callable[..., Report]

HEART = RightHeart(
    Width(7, (10.0, 10.0), (20.0, 40.0), 44.0),
    Width(9, (22.0, 12.0), (30.0, 44.0), 40.0),
    spread=0.03,
    range=RatioRange(0.97, 1.25, 0.992, 0.874),
)
TRUNK = Trunk(Width(14, (5.0, 20.0), (15.0, 38.0), 28.4), 412.3, 18.0)


@pytest.fixture
def report(make_report: MakeReport, findings: Findings) -> Report:
    return make_report(findings=replace(findings, heart=HEART, trunk=TRUNK), review=Review())


def test_the_pages_say_it_with_slices_interval_and_what_it_is_not(
    qapp: QApplication, report: Report
) -> None:
    text = write_html(report).documents[0].content.decode()
    for words in (
        "Measured by the model: RV 44.0 mm (Im 13), LV 40.0 mm (Im 11), RV/LV 1.10.",
        "95 % interval 0.97 to 1.25; right-heart strain: 1.0 or more 87 %, 0.9 or more &gt; 99 %",
        NO_FORECAST,
        "Pulmonary trunk 28.4 mm, 412 HU (Im 6).",
    ):
        assert words in text


def test_a_german_page_says_it_in_german(report: Report) -> None:
    assert report.findings is not None
    (said,) = heart_notes(report.findings, phrases_in(Language.GERMAN))
    assert "Rechtsherzbelastung: 1,0 oder mehr 87 %" in said
    assert "sagt den Verlauf nicht voraus" in said
    assert "trunk" not in said.lower()


def test_a_refusal_is_told_in_each_language(report: Report) -> None:
    assert report.findings is not None
    for code in HeartRefusal:
        refused = replace(report.findings, heart=RightHeart(refusal=code, message="x"), trunk=None)
        english, german = heart_notes(refused), heart_notes(refused, phrases_in(Language.GERMAN))
        assert english[0].startswith("Measured by the model: RV/LV was not measured: ")
        assert german[0].startswith("Vom Modell gemessen: RV/LV wurde nicht gemessen: ")
        assert english[0].split(": ")[-1] != german[0].split(": ")[-1]


def test_without_a_measurement_nothing_is_said(findings: Findings) -> None:
    assert heart_notes(findings) == ()


def test_csv_has_one_row_of_it(report: Report) -> None:
    tables = {d.ending: d.content.decode() for d in write_csv(report).documents}
    (row,) = csv.DictReader(io.StringIO(tables["-heart.csv"]))
    assert row["measured_by"] == "model"
    assert float(row["rv_lv_ratio"]) == pytest.approx(1.1)
    assert float(row["p_ratio_gte_1"]) == 0.874
    assert (row["rv_slice_index"], row["lv_end_col"]) == ("7", "44.0")
    assert float(row["trunk_mean_hu"]) == 412.3
    assert row["note"] == NO_FORECAST


def test_json_has_it_with_the_findings_and_not_with_the_reader(report: Report) -> None:
    record = json.loads(write_json(report).documents[0].content)
    assert RightHeart.from_dict(record["findings"]["heart"]) == HEART
    assert record["reader"]["form"] is None or record["reader"]["form"]["rv_lv_ratio"] is None


def numbers(item: Dataset) -> dict[str, float]:
    """Every number below an item, by the code of its name."""
    found = {}
    if item.get("ValueType") == "NUM":
        name = item.ConceptNameCodeSequence[0].CodeValue
        found[name] = float(item.MeasuredValueSequence[0].NumericValue)
    for child in item.get("ContentSequence", ()):
        found |= numbers(child)
    return found


def test_a_structured_report_has_it_among_what_the_model_said(report: Report) -> None:
    dataset = dcmread(io.BytesIO(write_structured_report(report).documents[0].content))
    found = numbers(dataset)
    assert found["RV_DIAMETER"] == 44.0
    assert found["RV_LV_RATIO"] == pytest.approx(1.1)
    assert found["59078-6"] == pytest.approx(1 / 1.1, abs=1e-6)  # LOINC's is LV over RV
    assert found["18020-8"] == pytest.approx(28.4)
    assert found["RV_LV_P_1"] == pytest.approx(0.874)


def test_fhir_has_it_as_components_of_the_models_observation(report: Report) -> None:
    bundle = json.loads(write_fhir(report).documents[0].content)
    observations = [
        entry["resource"]
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "Observation"
    ]
    holding = [o for o in observations if "RV_LV_RATIO" in json.dumps(o.get("component", ()))]
    assert len(holding) == 1
    assert "device" in holding[0]
    assert holding[0]["status"] == "preliminary"
