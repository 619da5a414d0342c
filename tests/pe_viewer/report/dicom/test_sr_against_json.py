"""The structured report says what ``report.json`` says, entry by entry."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from pe_models import NOTICE
from pe_viewer.form.answers import Language
from pe_viewer.form.ctpa_form import Override
from pe_viewer.report.dicom.structured_report import write_structured_report
from pe_viewer.report.model import Report
from pe_viewer.report.tables.json_report import to_dict

ANSWERS = {
    "presence": "59282003",
    "level": "PROXIMAL_LEVEL",
    "acuity": "ACUITY",
    "bolus": "BOLUS",
    "motion": "MOTION",
    "beam_hardening": "BEAM_HARDENING",
    "strain": "STRAIN",
    "septum": "SEPTUM",
    "reflux": "REFLUX",
    "infarct": "64662007",
}
WIDTHS = {"rv": "RV_DIAMETER", "lv": "LV_DIAMETER", "trunk": "18020-8"}
NUMBERS = {"bolus_hu": "PA_ATTENUATION", "rv_lv_ratio": "RV_LV_RATIO", "qanadli": "QANADLI"}
WORDS = {"limitations": "LIMITATIONS", "model_words": "MODEL_WORDS"}
OTHERWISE = {"sites", "signs", "incidental", "overrides", "mastora", "impression"}
"""Fields of the form that are not one item each; compared below, one by one."""
NOT_SAID = {"language", "sources", "sides"}
"""Which language, and what follows from the rest."""


@pytest.fixture
def whole_report(full_report: Report) -> Report:
    """Signed, with every field of the form filled in."""
    assert full_report.form is not None
    override = Override("rule", "RV/LV is 1.30.", "Known cor pulmonale.")
    form = replace(full_report.form, model_words="Flagged by the model.", overrides=(override,))
    return replace(full_report, form=form)


@pytest.fixture
def said(whole_report: Report) -> dict[str, Any]:
    return to_dict(whole_report)


@pytest.fixture
def written(whole_report: Report) -> Dataset:
    return dcmread(io.BytesIO(write_structured_report(whole_report).documents[0].content))


@pytest.fixture
def reader(written: Dataset) -> Dataset:
    return group(written, "Reader")


def groups(written: Dataset) -> Iterator[tuple[str, Dataset]]:
    """(tracking identifier, group); "" for the groups of single slices."""
    (measurements,) = [i for i in written.ContentSequence if i.ValueType == "CONTAINER"]
    for item in measurements.ContentSequence:
        yield "".join(text(item, "112039")), item


def group(written: Dataset, name: str) -> Dataset:
    return dict(groups(written))[name]


def items(parent: Dataset, code: str) -> list[Dataset]:
    return [
        i for i in parent.ContentSequence if i.get("ConceptNameCodeSequence") and name(i) == code
    ]


def name(item: Dataset) -> str:
    return str(item.ConceptNameCodeSequence[0].CodeValue)


def text(parent: Dataset, code: str) -> list[str]:
    return [i.TextValue for i in items(parent, code)]


def number(parent: Dataset, code: str) -> float:
    (item,) = items(parent, code)
    return float(item.MeasuredValueSequence[0].NumericValue)


def meaning(parent: Dataset, code: str) -> str:
    (item,) = items(parent, code)
    return str(item.ConceptCodeSequence[0].CodeMeaning)


def image(item: Dataset) -> str:
    return str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)


def test_every_field_of_the_form_is_compared_here(said: dict[str, Any]) -> None:
    compared = {*ANSWERS, *WIDTHS, *NUMBERS, *WORDS, *OTHERWISE, *NOT_SAID}

    assert set(said["reader"]["form"]) == compared
    assert [k for k, v in said["reader"]["form"].items() if not v] == ["language", "sources"]


def test_answers_and_words_are_the_same(said: dict[str, Any], reader: Dataset) -> None:
    form = said["reader"]["form"]

    for field, code in ANSWERS.items():
        assert meaning(reader, code).lower().startswith(form[field])
    assert {field: text(reader, code) for field, code in WORDS.items()} == {
        field: [form[field]] for field in WORDS
    }
    assert text(reader, "SIGN") == form["signs"]
    assert text(reader, "INCIDENTAL") == [f"{k}: {v}" for k, v in form["incidental"].items()]
    assert text(reader, "OVERRIDE") == [f"{o['words']} {o['reason']}" for o in form["overrides"]]
    assert text(reader, "19005-8") == [said["reader"]["impression"]]


def test_numbers_are_the_same_and_name_their_slice(said: dict[str, Any], reader: Dataset) -> None:
    form, slices = said["reader"]["form"], said["findings"]["slices"]

    for field, code in NUMBERS.items():
        assert number(reader, code) == pytest.approx(form[field])
    assert [number(reader, f"MASTORA_{end}") for end in ("LEAST", "MOST")] == form["mastora"]
    for field, code in WIDTHS.items():
        assert number(reader, code) == form[field]["mm"]
        at = form[field]["slice_index"]
        inferred = [image(i) for i in items(reader, code)[0].get("ContentSequence", ())]
        assert inferred == ([] if at is None else [slices[at]["sop_instance_uid"]])


def test_arteries_are_the_same(said: dict[str, Any], reader: Dataset) -> None:
    sites = said["reader"]["form"]["sites"]

    assert len(sites) == 2
    assert {site: meaning(reader, site) for site in sites} == {
        site: f"Occluded: {how}" for site, how in sites.items()
    }
    (lobe,) = items(reader, "R-LOWER")
    assert [meaning(lobe, code) for code in ("272741003", "363698007")] == [
        "Right",
        "Lower lobe of lung",
    ]


def test_who_signed_and_what_was_added_is_the_same(
    said: dict[str, Any], reader: Dataset, written: Dataset
) -> None:
    signed = said["reader"]["sign_off"]
    (addendum,) = signed["addenda"]

    assert [str(i.PersonName) for i in items(written, "121008")] == [signed["reader"]]
    assert text(reader, "VIEWED") == ["20 of 20 slices viewed"]
    assert text(reader, "ADDENDUM") == [
        f"{addendum['reader']}, 2026-11-21 14:30: {addendum['text']}"
    ]


def test_what_changed_after_the_first_read_is_said(whole_report: Report) -> None:
    (added,) = whole_report.review.added
    first_read = (replace(added, first=1, peak=1, last=1), added)
    report = replace(whole_report, review=replace(whole_report.review, first_read=first_read))
    content = write_structured_report(report).documents[0].content
    (words,) = text(group(dcmread(io.BytesIO(content)), "Reader"), "FIRST_READ")

    assert len(to_dict(report)["reader"]["first_read"]) == 2
    assert re.findall(r"\d+", words) == ["0", "1", "1"]  # added, removed, accepted


def test_measurements_are_the_same(said: dict[str, Any], written: Dataset) -> None:
    kept = said["reader"]["measurements"]
    found = [group(written, f"Measure {k}") for k in range(1, len(kept) + 1)]

    assert len(kept) == 3
    for one, other in zip(kept, found, strict=True):
        length = one["length_mm"] is not None
        value = number(other, "410668003" if length else "112181")
        assert value == pytest.approx(one["length_mm" if length else "mean_hu"])


def test_examination_and_bundle_are_the_same(said: dict[str, Any], written: Dataset) -> None:
    findings, exam = said["findings"], group(written, "Examination")
    scores = sorted(
        float(i.MeasuredValueSequence[0].NumericValue)
        for i in exam.ContentSequence
        if i.ValueType == "NUM" and name(i) != "PA_ATTENUATION"
    )

    assert text(exam, "111001") == [findings["bundle"]["name"]]
    assert text(exam, "111003") == [findings["bundle"]["version"]]
    assert text(exam, "111002") == [f"sha256 {findings['bundle']['sha256']}"]
    assert meaning(exam, "MODEL_VERDICT") == "Model: flagged"
    assert findings["verdict"] == "positive"
    assert meaning(exam, "MODEL_ZONE") == f"Zone: {findings['zone']}"
    assert scores == pytest.approx(sorted(s["consistent"] for s in findings["exam"].values()))
    assert number(exam, "PA_ATTENUATION") == findings["quality"]["pulmonary_artery_hu"]
    assert text(exam, "121106") == [NOTICE]


def test_flags_with_their_slices_and_decisions_are_the_same(
    said: dict[str, Any], written: Dataset
) -> None:
    uids = [entry["sop_instance_uid"] for entry in said["findings"]["slices"]]
    flags = sorted(said["findings"]["flags"], key=lambda flag: -flag["peak"])
    decided = {(d["first"], d["last"]): d for d in said["reader"]["decisions"]}

    for position, flag in enumerate(flags, start=1):
        found = group(written, f"Flag {position}")
        assert number(found, "SCORE") == pytest.approx(flag["score"], abs=1e-7)
        assert [image(i) for i in items(found, "121112")] == [uids[flag["peak"]]]
        if flag["first"] != flag["last"]:
            ends = [image(i) for end in ("FIRST", "LAST") for i in items(found, f"RUN_{end}")]
            assert ends == [uids[flag["first"]], uids[flag["last"]]]
        decision = decided.get((flag["first"], flag["last"]))
        states = [i.ConceptCodeSequence[0].CodeMeaning for i in items(found, "DECISION")]
        assert states == ([] if decision is None else [decision["state"].capitalize()])


def test_slice_scores_are_the_same(said: dict[str, Any], written: Dataset) -> None:
    found = {
        image(item): number(entry, "SCORE")
        for tracked, entry in groups(written)
        if not tracked
        for item in entry.ContentSequence
        if item.ValueType == "IMAGE"
    }

    assert found == pytest.approx(
        {s["sop_instance_uid"]: s["pe_score"] for s in said["findings"]["slices"]}
    )


def test_what_a_german_reader_typed_says_so(
    whole_report: Report, dciodvfy_errors: Callable[[bytes], list[str]]
) -> None:
    """The codes' meanings stay English, which the document says of itself (TID 1204)."""
    assert whole_report.form is not None
    german = replace(whole_report, form=replace(whole_report.form, language=Language.GERMAN))
    content = write_structured_report(german).documents[0].content
    document = dcmread(io.BytesIO(content))
    (impression,) = items(group(document, "Reader"), "19005-8")

    assert meaning(document, "121049") == "English"
    assert meaning(impression, "121049") == "German"
    assert dciodvfy_errors(content) == []
