"""Where a flag is, by side and level, stands in every format; the model's words stay its own."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace

import jsonschema
import pytest
from pydicom import dcmread

from pe_models import places
from pe_models.findings import ArteryLevel, Findings, MarkedPlace, Side
from pe_viewer.form.answers import Language
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.report import content
from pe_viewer.report.coded import codes
from pe_viewer.report.dicom.structured_report import write_structured_report
from pe_viewer.report.drawing.track_figure import track_figure
from pe_viewer.report.fhir.bundle import write_fhir
from pe_viewer.report.html.track import track_markup
from pe_viewer.report.model import Report
from pe_viewer.report.tables.csv_report import write_csv
from pe_viewer.report.tables.json_report import write_json

MakeReport = Callable[..., Report]

PLACE = MarkedPlace(15, 12.5, 40.25, 0.97, Side.RIGHT, ArteryLevel.LOBAR)


@pytest.fixture
def placed(make_report: MakeReport, findings: Findings) -> Report:
    """Flag 1, the one nearest the head, is a right lobar one."""
    *others, last = findings.flags
    flag = replace(last, level=ArteryLevel.LOBAR, places=(PLACE,))
    return make_report(findings=replace(findings, flags=(*others, flag)))


def test_the_table_says_where_each_flag_is(placed: Report) -> None:
    table = content.flagged_runs(placed)
    where = table.columns.index("Where")
    assert [row[where] for row in table.rows] == ["right, lobar", "–", "left"]


def test_a_german_page_says_it_in_german(placed: Report) -> None:
    german = replace(placed, form=CtpaForm(language=Language.GERMAN))
    table = content.flagged_runs(german)
    where = table.columns.index("Ort")
    assert [row[where] for row in table.rows] == ["rechts, lobär", "–", "links"]


def test_the_tracks_of_pages_bear_the_sides_at_their_numbers(placed: Report) -> None:
    figure = track_figure(placed)
    assert figure is not None
    assert [run.name for run in figure.runs if run.number] == ["1 R", "2", "3 L"]
    assert ">1 R</text>" in track_markup(figure)


def test_the_table_for_scripts_has_a_level(placed: Report) -> None:
    by_ending = {d.ending: d.content.decode() for d in write_csv(placed).documents}
    rows = list(csv.DictReader(io.StringIO(by_ending["-flags.csv"], newline="")))
    assert [(r["sides"], r["level"]) for r in rows] == [
        ("right", "lobar"),
        ("", ""),
        ("left", ""),
        ("", ""),
    ]


def test_the_json_report_has_the_places_and_obeys_its_schema(placed: Report) -> None:
    written = json.loads(write_json(placed).documents[0].content)
    schema = json.loads((places.resources() / "report" / "report.schema.json").read_text("utf-8"))
    jsonschema.validate(written, schema)
    assert written["findings"]["flags"][-1]["places"] == [
        {"slice_index": 15, "row": 12.5, "col": 40.25, "score": 0.97, "side": "right",
         "level": "lobar"}
    ]  # fmt: skip


def test_the_structured_report_codes_side_and_level(placed: Report) -> None:
    (document,) = write_structured_report(placed).documents
    text = str(dcmread(io.BytesIO(document.content)))
    for code in (codes.MODEL_LEVEL, codes.MODEL_LEVELS[ArteryLevel.LOBAR]):
        assert text.count(f"'{code.value}'") == 1
    assert "'PROXIMAL_LEVEL'" not in text  # the reader's word


def test_the_fhir_bundle_codes_side_and_level(placed: Report) -> None:
    (document,) = write_fhir(placed).documents
    entries = [e["resource"] for e in json.loads(document.content)["entry"]]
    levels = [
        component["valueCodeableConcept"]["coding"][0]["code"]
        for entry in entries
        for component in entry.get("component", [])
        if component["code"]["coding"][0]["code"] == codes.MODEL_LEVEL.value
    ]
    assert levels == [codes.MODEL_LEVELS[ArteryLevel.LOBAR].value]
