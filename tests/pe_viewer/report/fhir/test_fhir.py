"""The FHIR bundle, validated by fhir.resources (R4B)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from pe_models import NOTICE
from pe_viewer.form.answers import Incidental, Level, Presence
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.form.sign_off import Addendum, SignOff
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.report.fhir.bundle import write_fhir
from pe_viewer.report.model import Report
from pe_viewer.review import Decision, DecisionState, Review

MakeReport = Callable[..., Report]
Resource = dict[str, Any]

SIGNED = datetime(2026, 11, 21, 14, 30, tzinfo=timezone(timedelta(hours=1)))


@pytest.fixture
def signed(report: Report) -> Report:
    form = CtpaForm(
        presence=Presence.PRESENT,
        level=Level.LOBAR,
        sites={ArterialSite.RIGHT_LOWER: Occlusion.COMPLETE},
        rv=Diameter(45.5, 4),
        lv=Diameter(35.0, 5),
    )
    return replace(report, form=form, sign_off=SignOff("Roe^Rita", SIGNED, 20, 20))


def written(report: Report) -> Resource:
    """The bundle as JSON, once fhir.resources has found no fault in it."""
    (document,) = write_fhir(report).documents
    Bundle.model_validate_json(document.content)
    bundle: Resource = json.loads(document.content)
    return bundle


def resources(report: Report, resource_type: str) -> list[Resource]:
    entries = [entry["resource"] for entry in written(report)["entry"]]
    return [entry for entry in entries if entry["resourceType"] == resource_type]


def observation(report: Report, code: str) -> Resource:
    (found,) = [o for o in resources(report, "Observation") if code_of(o) == code]
    return found


def code_of(observed: Resource) -> str:
    code: str = observed["code"]["coding"][0]["code"]
    return code


def test_the_bundle_is_valid_and_every_reference_resolves(signed: Report) -> None:
    bundle = written(signed)
    urls = [entry["fullUrl"] for entry in bundle["entry"]]

    assert len(set(urls)) == len(urls)
    assert references(bundle) - set(urls) == set()


def references(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*(references(item) for item in node))
    if isinstance(node, dict):
        own = {node["reference"]} if isinstance(node.get("reference"), str) else set()
        return own.union(*(references(value) for value in node.values()))
    return set()


def test_each_resource_is_marked_as_research_and_carries_the_notice(signed: Report) -> None:
    for entry in written(signed)["entry"]:
        assert entry["resource"]["meta"]["security"][0]["code"] == "HRESCH"
        assert NOTICE in entry["resource"]["text"]["div"]


def test_the_patient_and_the_study_are_those_of_the_images(report: Report) -> None:
    (patient,) = resources(report, "Patient")
    (study,) = resources(report, "ImagingStudy")

    assert patient["identifier"] == [{"value": "ID-4711"}]
    assert (patient["name"][0]["family"], patient["birthDate"]) == ("DOE", "1963-02-01")
    assert patient["gender"] == "female"
    assert study["identifier"][0]["value"] == "urn:oid:1.2.3.10.87654321"
    assert study["started"] == "2026-11-20"
    assert len(study["series"][0]["instance"]) == 20


def test_the_device_is_the_bundle_with_its_hash(report: Report) -> None:
    (device,) = resources(report, "Device")

    assert {v["type"]["text"]: v["value"] for v in device["version"]}["bundle sha256"] == "ab" * 32


def test_scores_are_unrounded_and_named_as_what_they_are(report: Report) -> None:
    verdict = observation(report, "MODEL_VERDICT")
    scores = {c["code"]["coding"][0]["code"]: c.get("valueQuantity") for c in verdict["component"]}

    assert scores["CENTRAL"]["value"] == 0.500001
    assert scores["CENTRAL"]["unit"] == "model score"


def test_flags_carry_score_place_and_decision(report: Report) -> None:
    flags = [o for o in resources(report, "Observation") if code_of(o) == "FLAGGED"]
    decisions = [
        component["valueCodeableConcept"]["coding"][0]["code"]
        for flag in flags
        for component in flag["component"]
        if component["code"]["coding"][0]["code"] == "DECISION"
    ]

    assert [flag["valueQuantity"]["value"] for flag in flags] == [0.94, 0.61, 0.7]
    assert decisions == ["REJECTED", "ACCEPTED"]
    assert "Im 5" in flags[0]["component"][0]["valueString"]


def test_the_conclusion_is_the_reader_s_alone(report: Report, make_report: MakeReport) -> None:
    (diagnostic,) = resources(report, "DiagnosticReport")
    (unread,) = resources(make_report(review=Review()), "DiagnosticReport")

    assert diagnostic["conclusion"] == "Segmental embolism in the left lower lobe."
    assert "conclusion" not in unread
    assert "conclusionCode" not in unread


def test_what_the_model_says_is_never_final(signed: Report) -> None:
    """Only the reader's entries are what the reader signs."""
    (diagnostic,) = resources(signed, "DiagnosticReport")

    assert diagnostic["status"] == "final"
    assert diagnostic["resultsInterpreter"] == [{"display": "Roe^Rita"}]
    assert observation(signed, "RV_DIAMETER")["status"] == "final"
    assert observation(signed, "MODEL_VERDICT")["status"] == "preliminary"


def test_an_unsigned_report_is_preliminary_and_an_addendum_appends(
    report: Report, signed: Report
) -> None:
    assert signed.sign_off is not None
    addendum = Addendum("Roe^Rita", SIGNED, "Ward was called.")
    added = replace(signed, sign_off=signed.sign_off.with_addendum(addendum))

    assert resources(report, "DiagnosticReport")[0]["status"] == "preliminary"
    assert resources(added, "DiagnosticReport")[0]["status"] == "appended"


def test_the_form_becomes_observations(signed: Report) -> None:
    ratio = observation(signed, "59078-6")
    arteries = [o for o in resources(signed, "Observation") if "bodySite" in o]

    assert ratio["valueQuantity"]["value"] == pytest.approx(35 / 45.5)
    assert observation(signed, "RV_LV_RATIO")["valueQuantity"]["value"] == pytest.approx(1.3)
    assert arteries[0]["bodySite"]["coding"][0]["code"] == "R-LOWER"
    assert [c["valueCodeableConcept"]["coding"][0]["code"] for c in arteries[0]["component"]] == [
        "24028007",  # right
        "90572001",  # lower lobe
    ]


def test_typed_words_and_addenda_become_observations(signed: Report) -> None:
    assert signed.form is not None
    assert signed.sign_off is not None
    form = replace(signed.form, incidental={Incidental.NODULE: "4 mm"}, limitations="Arms down.")
    addendum = Addendum("Roe^Rita", SIGNED, "Ward was called.")
    report = replace(signed, form=form, sign_off=signed.sign_off.with_addendum(addendum))

    assert observation(report, "INCIDENTAL")["valueString"] == "nodule: 4 mm"
    assert observation(report, "LIMITATIONS")["valueString"] == "Arms down."
    assert observation(report, "VIEWED")["valueString"] == "20 of 20 slices viewed"
    assert observation(report, "ADDENDUM")["valueString"].endswith("14:30: Ward was called.")
    assert observation(report, "QANADLI")["valueQuantity"]["value"] == 10


@pytest.mark.parametrize("name", ["Müller^Jürgen", "Wang^XiaoDong=王^小东", "", "Single"])
def test_names_of_any_form_are_valid(make_report: MakeReport, name: str) -> None:
    (patient,) = resources(make_report(patient={"name": name}), "Patient")

    assert patient.get("name", [{}])[0].get("family", "") == name.split("^")[0]


def test_impossible_dates_and_numbers_are_left_out(report: Report) -> None:
    study = replace(report.study, date="20261340", accession_number="")
    series = replace(report.series, series_number=-3)
    changed = replace(report, study=study, series=series)
    (imaging,) = resources(changed, "ImagingStudy")

    assert "started" not in imaging
    assert "number" not in imaging["series"][0]


def test_typed_words_cannot_become_markup(make_report: MakeReport) -> None:
    review = Review(comment="<script>alert(1)</script>")
    (diagnostic,) = resources(make_report(review=review), "DiagnosticReport")

    assert diagnostic["conclusion"] == "<script>alert(1)</script>"
    assert "<script>" not in diagnostic["text"]["div"]


def test_a_report_without_analysis_is_valid(bare_report: Report) -> None:
    assert resources(bare_report, "Observation") == []
    assert len(resources(bare_report, "DiagnosticReport")) == 1


def test_a_deidentified_bundle_names_nobody_and_no_day(make_report: MakeReport) -> None:
    """No word is short enough to stand in a random UID by chance."""
    text = json.dumps(written(make_report(deidentify=True)))
    identifying = ("DOE", "ID-4711", "ACC-0815", "1963-02", "2026-11", "20261120", "1.2.3.")

    assert [word for word in identifying if word in text] == []


def test_the_same_finding_has_the_same_url_in_each_export(make_report: MakeReport) -> None:
    first, second = written(make_report()), written(make_report())

    assert [e["fullUrl"] for e in first["entry"]] == [e["fullUrl"] for e in second["entry"]]


def test_a_decision_on_a_run_of_another_bundle_is_an_observation(
    make_report: Callable[..., Report],
) -> None:
    review = Review((Decision(5, 6, 6, DecisionState.REJECTED, comment="azygos"),))
    told = json.dumps(resources(make_report(review=review), "Observation"))
    assert "On a run of another bundle" in told
    assert "azygos" in told


def test_a_run_lies_along_the_axis_that_the_slices_lie_across(
    make_report: Callable[..., Report], report: Report
) -> None:
    coronal = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0))
    geometry = replace(report.series.geometry, directions=coronal)
    told = json.dumps(resources(make_report(series={"geometry": geometry}), "Observation"))
    assert ", y -" in told
    assert ", z -" not in told
