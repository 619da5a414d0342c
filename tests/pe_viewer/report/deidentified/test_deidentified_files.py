"""No file of a de-identified export holds, anywhere in its bytes, who was examined or when."""

import base64
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread

from pe_models.findings import CLOT_MAP, Findings, Heatmap
from pe_viewer.form.answers import Incidental
from pe_viewer.report.export import WRITERS, export, render
from pe_viewer.report.model import Report
from pe_viewer.review import Decision, Review

MakeReport = Callable[..., Report]

pytestmark = pytest.mark.usefixtures("qapp")

NAME = "Quixotewitz^Zdenka"
PATIENT = {"name": NAME, "patient_id": "KX-4711-0815", "birth_date": "19630214"}
TYPED = "Mrs. Quixotewitz (KX-4711-0815, born 14.02.1963), compared with 20.11.2026."
READER = "Szczepanowska"
IDENTIFYING = (
    "Quixotewitz",
    "Zdenka",
    "KX-4711-0815",
    "ACC-0815",
    "STUDY-1",
    "19630214",
    "1963-02-14",
    "14.02.1963",
    "20261120",
    "2026-11-20",
    "20.11.2026",
    "20 Nov",
    "Nov 20",
    "CT CHEST DOE",
    "DOE PULM",
    "DOE_JANE",
    "jane7",
    "Iomeprol",
    "1.2.3.10.87654321",
    "87654321",
    "1.2.3.20",
    "1.2.3.30",
    "1.2.3.40",
    READER,
)
"""Of the header, of the folder, of what was typed, and who signed it."""


def days(moment: datetime) -> tuple[str, ...]:
    """A day as files write it."""
    return tuple(f"{moment:{form}}" for form in ("%Y%m%d", "%Y-%m-%d", "%d.%m.%Y", "%b %d"))


@pytest.fixture
def review_that_names(signed_review: Review) -> Review:
    """A signed review in which every text names the patient."""
    form = replace(
        signed_review.form,
        impression=TYPED,
        limitations=TYPED,
        model_words=TYPED,
        incidental={Incidental.NODULE: TYPED},
        overrides=tuple(replace(o, reason=TYPED) for o in signed_review.form.overrides),
    )
    assert signed_review.sign_off is not None
    addenda = tuple(replace(a, reader=READER, text=TYPED) for a in signed_review.sign_off.addenda)
    return replace(
        signed_review,
        decisions=tuple(_naming(decision) for decision in signed_review.decisions),
        comment=TYPED,
        form=form,
        sign_off=replace(signed_review.sign_off, reader=f"Dr. {READER}", addenda=addenda),
        begun_addendum=TYPED,
        begun_reasons={"absent-with-details": TYPED},
    )


def _naming(decision: Decision) -> Decision:
    return replace(decision, comment=TYPED)


@pytest.fixture
def clot_maps(findings: Findings) -> tuple[Heatmap, ...]:
    """Of every slice, with a region above 0 for the segmentation."""
    values = np.full((16, 25), -4.0, dtype=np.float32)
    values[8:12, 18:22] = 6.0
    return tuple(Heatmap(k, values, findings.crop, CLOT_MAP) for k in range(findings.n_slices))


@pytest.fixture
def make(
    make_report: MakeReport, review_that_names: Review, clot_maps: tuple[Heatmap, ...]
) -> MakeReport:
    def made(**changes: object) -> Report:
        return make_report(patient=PATIENT, review=review_that_names, heatmaps=clot_maps, **changes)

    return made


def layers(content: bytes) -> Iterator[bytes]:
    """``content``, and within it whatever is packed or encoded: what a search would not see."""
    yield content
    if content.startswith(b"%PDF"):
        yield from _pdf_layers(content)
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            for entry in package.infolist():
                yield entry.filename.encode()
                yield "{:04}{:02}{:02}".format(*entry.date_time[:3]).encode()
                yield from layers(package.read(entry))
    if content[128:132] == b"DICM":
        dataset = dcmread(io.BytesIO(content))
        if "EncapsulatedDocument" in dataset:
            yield from layers(dataset.EncapsulatedDocument)
    for encoded in re.findall(rb"base64,([A-Za-z0-9+/=]+)", content):
        yield from layers(base64.b64decode(encoded))


def _pdf_layers(content: bytes) -> Iterator[bytes]:
    """Its properties, its streams unpacked, and its text: letters are glyphs of fonts there."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        yield str(pdf.docinfo).encode()
        for found in pdf.objects:
            if isinstance(found, pikepdf.Stream):
                is_picture = found.get("/Subtype") == "/Image"
                yield found.read_raw_bytes() if is_picture else found.read_bytes()
    command = [_pdftotext(), "-", "-"]
    yield subprocess.run(command, input=content, capture_output=True, check=True).stdout


def _pdftotext() -> str:
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not here: it comes with Debian's poppler-utils")
    return program


def found_in(content: bytes, words: tuple[str, ...]) -> set[str]:
    """Those of ``words`` that stand somewhere in ``content``, in one-byte or two-byte letters."""
    return {
        word
        for layer in layers(content)
        for word in words
        if word.lower().encode() in layer.lower()
        or word.lower().encode("utf-16-be") in layer.lower()
    }


@pytest.mark.parametrize("name", WRITERS)
def test_nothing_of_the_person_the_day_or_the_uids_is_in_any_file(
    make: MakeReport, name: str
) -> None:
    words = (*IDENTIFYING, *days(datetime.now()), *days(datetime(2026, 11, 21)))
    documents = WRITERS[name](make(deidentify=True)).documents

    assert documents
    assert {word for d in documents for word in found_in(d.content, words)} == set()


@pytest.mark.parametrize("name", ["pdf", "json", "html", "pptx", "fhir", "sr"])
def test_the_search_would_find_them(make: MakeReport, name: str) -> None:
    """The same search in the same report that names the patient."""
    (document,) = WRITERS[name](make()).documents

    assert {"Quixotewitz", "KX-4711-0815"} & found_in(document.content, IDENTIFYING)


def test_no_file_name_holds_anything_of_the_study(make: MakeReport, tmp_path: Path) -> None:
    written = export(make(deidentify=True), tmp_path, ["json", "csv", "png"])
    names = " ".join(path.name for path in written.files)

    assert [word for word in IDENTIFYING if word.lower() in names.lower()] == []


def test_the_uids_of_all_files_are_the_same_pseudonyms(make: MakeReport) -> None:
    """A script can still join the tables, the JSON and the DICOM objects of one export."""
    report = make(deidentify=True)
    study_uid, slice_uid = report.study.study_uid, report.series.slices[3].sop_instance_uid
    holding = {
        name: [uid.encode() in document.content for uid in (study_uid, slice_uid)]
        for name, rendering in render(report, ["json", "fhir", "sr", "pmap", "seg", "gsps"]).items()
        for document in rendering.documents
    }

    assert all(held == [True, True] for held in holding.values())


@pytest.mark.parametrize("name", ["png", "sc", "cine"])
def test_pictures_are_the_same_pixels_with_and_without_the_name(
    make: MakeReport, name: str
) -> None:
    """Nothing of the person is drawn into a picture, so that nothing need be taken out of it."""
    named, nameless = (
        [pixels(document.content) for document in WRITERS[name](report).documents]
        for report in (make(), make(deidentify=True))
    )

    assert len(named) == len(nameless) > 4
    for one, other in zip(named, nameless, strict=True):
        np.testing.assert_array_equal(one, other)


def pixels(content: bytes) -> NDArray[np.uint8]:
    if content.startswith((b"\x89PNG", b"RIFF")):
        return np.asarray(Image.open(io.BytesIO(content)))
    drawn: NDArray[np.uint8] = dcmread(io.BytesIO(content)).pixel_array
    return drawn
