"""A signed report with everything a DICOM object can carry, and what reads the objects back."""

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import FileDataset

from pe_models.findings import CLOT_MAP, Findings, Heatmap
from pe_viewer.form.answers import (
    Acuity,
    BolusQuality,
    Degree,
    Incidental,
    Level,
    Presence,
    Reflux,
    Septum,
    Sign,
)
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.form.sign_off import Addendum, SignOff
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Writer
from pe_viewer.review import Ellipse, Length, Review

MakeReport = Callable[..., Report]
ReadObject = Callable[[Writer, Report], FileDataset]
SIGNED = datetime(2026, 11, 21, 14, 30, tzinfo=timezone(timedelta(hours=1)))
BLOB = (10.0, 20.0)
"""Row and col of the clot's middle, in the grid of the maps."""


@pytest.fixture
def form() -> CtpaForm:
    return CtpaForm(
        bolus_hu=312.0,
        bolus=BolusQuality.GOOD,
        motion=Degree.MILD,
        beam_hardening=Degree.NONE,
        presence=Presence.PRESENT,
        level=Level.LOBAR,
        acuity=Acuity.ACUTE,
        sites={
            ArterialSite.RIGHT_LOWER: Occlusion.COMPLETE,
            ArterialSite.LEFT_A3: Occlusion.PARTIAL,
        },
        signs=frozenset({Sign.CENTRAL_DEFECT}),
        rv=Diameter(45.5, 4),
        lv=Diameter(35.0, 5),
        trunk=Diameter(31.0),
        strain=Presence.PRESENT,
        septum=Septum.FLATTENED,
        reflux=Reflux.CAVA,
        infarct=Presence.ABSENT,
        incidental={Incidental.NODULE: "4 mm, right upper lobe"},
        limitations="Arms at the side.",
        impression="Acute embolism of the right lower lobe artery.",
    )


@pytest.fixture
def clot_maps(findings: Findings) -> tuple[Heatmap, ...]:
    """A map of every slice (16 x 25 cells over 32 x 50 pixels), with a clot in flagged ones."""
    row, col = np.indices((16, 25))
    away = (row - BLOB[0]) ** 2 + (col - BLOB[1]) ** 2

    clot = 12.0 * np.exp(-away / 4.0)

    def values(index: int) -> NDArray[np.float32]:
        is_flagged = any(index in flag for flag in findings.flags)
        return (clot * is_flagged - 6.0 + 0.001 * index).astype(np.float32)

    return tuple(
        Heatmap(index, values(index), findings.crop, CLOT_MAP) for index in range(findings.n_slices)
    )


@pytest.fixture
def measured(review: Review) -> Review:
    """The review with a length, two ellipses (wide and tall) and a key slice."""
    measures = (
        Length(15, (10.0, 20.0), (14.0, 24.0)),
        Ellipse(3, (10.0, 20.0), (16.0, 36.0)),
        Ellipse(3, (10.0, 20.0), (30.0, 26.0)),
    )
    return replace(review, measures=measures, key_slices=frozenset({6}))


@pytest.fixture
def unsigned_report(
    make_report: MakeReport, clot_maps: tuple[Heatmap, ...], measured: Review
) -> Report:
    """Everything but a form and a signature."""
    return make_report(heatmaps=clot_maps, review=measured)


@pytest.fixture
def full_report(unsigned_report: Report, form: CtpaForm) -> Report:
    sign_off = SignOff("Roe^Rita", SIGNED, 20, 20, "ab" * 32)
    signed = sign_off.with_addendum(Addendum("Roe^Rita", SIGNED, "Ward was called."))
    return replace(unsigned_report, form=form, sign_off=signed)


@pytest.fixture
def multi_frame_report(make_report: MakeReport, clot_maps: tuple[Heatmap, ...]) -> Report:
    """The series as two enhanced files of ten frames each; no review."""
    made = make_report(findings=None, heatmaps=(), review=Review())
    slices = tuple(
        replace(
            source,
            sop_instance_uid=f"1.2.3.50.{index // 10}",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.2.1",
            frame_number=10 - index % 10,
        )
        for index, source in enumerate(made.series.slices)
    )
    return replace(made, series=replace(made.series, slices=slices))


@pytest.fixture
def scored_frames(
    multi_frame_report: Report, findings: Findings, clot_maps: tuple[Heatmap, ...]
) -> Report:
    """The same, analysed."""
    scores = tuple(
        replace(score, sop_instance_uid=source.sop_instance_uid, frame_number=source.frame_number)
        for score, source in zip(findings.slices, multi_frame_report.series.slices, strict=True)
    )
    return replace(
        multi_frame_report, findings=replace(findings, slices=scores), heatmaps=clot_maps
    )


@pytest.fixture
def read_object() -> ReadObject:
    """The one object that a writer makes, as pydicom reads it."""

    def read(write: Writer, report: Report) -> FileDataset:
        (document,) = write(report).documents
        return dcmread(io.BytesIO(document.content))

    return read


@pytest.fixture
def dciodvfy_errors(tmp_path: Path) -> Callable[[bytes], list[str]]:
    """What David Clunie's checker finds wrong with the content of a file."""
    program = shutil.which(
        "dciodvfy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    if program is None:
        pytest.skip("dciodvfy is not here: it comes with the package dicom3tools")

    def errors(content: bytes) -> list[str]:
        path = tmp_path / "object.dcm"
        path.write_bytes(content)
        run = subprocess.run([program, path], capture_output=True, text=True, check=False)
        assert run.stderr, "dciodvfy did not even say what the file is"
        return [line for line in run.stderr.splitlines() if line.startswith("Error")]

    return errors
