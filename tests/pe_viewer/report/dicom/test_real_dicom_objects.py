"""Objects made for real series, each with a difficulty of its own, checked by dicom3tools."""

import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from pydicom import dcmread

from pe_models.findings import CLOT_MAP, Crop, Findings, Flag, Heatmap, SliceScore
from pe_models.imaging.scan import scan_folder
from pe_viewer.report.build import build_report
from pe_viewer.report.dicom.key_objects import write_key_objects
from pe_viewer.report.dicom.parametric_map import write_parametric_maps
from pe_viewer.report.dicom.presentation_state import write_presentation_states
from pe_viewer.report.dicom.segmentation import write_segmentation
from pe_viewer.report.dicom.structured_report import write_structured_report
from pe_viewer.report.model import Report
from pe_viewer.review import Review

Check = Callable[[bytes], list[str]]

WRITERS = (
    write_structured_report,
    write_parametric_maps,
    write_segmentation,
    write_key_objects,
    write_presentation_states,
)


def report_of(folder: Path, findings: Findings) -> Report:
    """The best series of ``folder`` with a flag on its second slice; no pixels are read."""
    study = scan_folder(folder)[0]
    series = study.series[0]
    crop = Crop(100, 400, 90, 420)
    values = np.full((30, 33), -4.0, dtype=np.float32)
    values[10:14, 20:26] = 5.0
    scored = replace(
        findings,
        study_uid=study.study_uid,
        series_uid=series.series_uid,
        crop=crop,
        flags=(Flag(1, 1, 1, 0.9),),
        slices=tuple(
            SliceScore(k, s.instance_number, s.frame_number, s.sop_instance_uid, 0.0, 0.1, 0.1, {})
            for k, s in enumerate(series.slices)
        ),
    )
    maps = tuple(Heatmap(k, values, crop, CLOT_MAP) for k in range(min(20, series.n_slices)))
    now = datetime(2026, 11, 21, 12)
    return build_report(study, series, None, scored, maps, Review(), created=now)


def written(report: Report) -> list[bytes]:
    return [document.content for write in WRITERS for document in write(report).documents]


def test_a_chest_with_a_frame_of_reference_a_slice(
    real_data: Path, findings: Findings, dciodvfy_errors: Check
) -> None:
    report = report_of(real_data / "lidc-chest", findings)
    contents = written(report)

    assert [error for content in contents for error in dciodvfy_errors(content)] == []
    assert len(contents) == len(WRITERS)
    assert len(contents[0]) < 200_000
    assert {dcmread(io.BytesIO(c)).StudyInstanceUID for c in contents} == {report.study.study_uid}


def test_an_angiography_whose_name_is_no_name(
    real_data: Path, findings: Findings, dciodvfy_errors: Check
) -> None:
    contents = written(report_of(real_data / "rider-ctpa", findings))

    assert [error for content in contents for error in dciodvfy_errors(content)] == []


def test_an_enhanced_image_that_lost_something(
    real_data: Path, findings: Findings, dciodvfy_errors: Check, tmp_path: Path
) -> None:
    """Two frames in one file, JPEG extended: what is made of it is lossy, too."""
    name = "CT0012.fragmented_no_bot_jpeg_baseline.51.dcm"
    shutil.copy(real_data / "enhanced-ct" / name, tmp_path)
    report = report_of(tmp_path, findings)
    contents = written(report)
    read = [dcmread(io.BytesIO(content)) for content in contents]

    assert [error for content in contents for error in dciodvfy_errors(content)] == []
    assert read[1].LossyImageCompression == read[2].LossyImageCompression == "01"
    assert read[2].PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[
        0
    ].SourceImageSequence[0].ReferencedFrameNumber in (1, 2)
