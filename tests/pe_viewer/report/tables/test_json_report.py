"""The report for scripts, against its published schema."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from pe_models import NOTICE, places
from pe_models.findings import Findings
from pe_viewer.report.model import Report
from pe_viewer.report.tables.json_report import write_json
from pe_viewer.review import Decision, Ellipse, Review

MakeReport = Callable[..., Report]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    text = (places.resources() / "report" / "report.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def written(report: Report) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(write_json(report).documents[0].content)
    return loaded


def test_the_schema_is_a_schema(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_every_kind_of_report_obeys_the_schema(
    schema: dict[str, Any], make_report: MakeReport, bare_report: Report
) -> None:
    for report in (
        make_report(),
        make_report(deidentify=True),
        make_report(pixels=None),
        bare_report,
    ):
        jsonschema.validate(written(report), schema)


@pytest.mark.parametrize("lost", ["notice", "reader", "findings", "software"])
def test_the_schema_refuses_a_report_that_lost_a_part(
    schema: dict[str, Any], report: Report, lost: str
) -> None:
    record = written(report)
    del record[lost]

    with pytest.raises(jsonschema.ValidationError, match=lost):
        jsonschema.validate(record, schema)


def test_the_schema_refuses_a_score_above_one(schema: dict[str, Any], report: Report) -> None:
    record = written(report)
    record["findings"]["slices"][0]["pe_score"] = 1.01

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(record, schema)


def test_findings_come_back_as_they_were(report: Report, findings: Findings) -> None:
    assert Findings.from_dict(written(report)["findings"]) == findings


def test_the_reader_is_kept_apart_from_the_model(report: Report) -> None:
    record = written(report)

    assert record["reader"]["impression"] == "Segmental embolism in the left lower lobe."
    assert [decision["state"] for decision in record["reader"]["decisions"]] == [
        "accepted",
        "rejected",
        "added",
    ]
    assert "reader" not in record["findings"]


def test_measures_and_the_locked_first_read_are_told(
    schema: dict[str, Any], make_report: MakeReport, signed_review: Review
) -> None:
    circle = Ellipse(7, (10.0, 10.0), (12.0, 12.0))
    review = replace(
        signed_review,
        measures=(*signed_review.measures, circle),
        first_read=(Decision.added(5),),
    )
    record = written(make_report(review=review))

    jsonschema.validate(record, schema)
    rv, lv, ellipse = record["reader"]["measurements"]
    assert (rv["structure"], rv["length_mm"]) == ("RV", pytest.approx(44.8))
    assert (lv["structure"], lv["slice_index"], lv["mean_hu"]) == ("LV", 7, None)
    assert (ellipse["kind"], ellipse["n_pixels"], ellipse["length_mm"]) == ("ellipse", 5, None)
    assert [read["peak"] for read in record["reader"]["first_read"]] == [5]


def test_no_impression_is_null(bare_report: Report) -> None:
    record = written(bare_report)

    assert record["reader"]["impression"] is None
    assert record["findings"] is None
    assert record["notice"] == NOTICE


def test_names_keep_their_alphabet(make_report: MakeReport) -> None:
    name = "山田^太郎"

    assert written(make_report(patient={"name": name}))["study"]["patient"]["name"] == name
