"""The activation maps: exact values, and the place in the patient that they belong to."""

import io
from collections.abc import Callable
from dataclasses import replace

import highdicom
import numpy as np
import pytest
from pydicom.dataset import FileDataset

from pe_models.findings import CLASS_ACTIVATION, CLOT_MAP, Findings, Heatmap
from pe_viewer.report.coded.codes import GRAD_CAM
from pe_viewer.report.dicom.parametric_map import write_parametric_maps
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Writer
from pe_viewer.review import Review

MakeReport = Callable[..., Report]
ReadObject = Callable[[Writer, Report], FileDataset]


@pytest.fixture
def written(unsigned_report: Report, read_object: ReadObject) -> FileDataset:
    return read_object(write_parametric_maps, unsigned_report)


def test_every_value_is_the_model_s_own(
    written: FileDataset, clot_maps: tuple[Heatmap, ...]
) -> None:
    """Frames are found by their position: z is -112.5 mm at slice 0, 1.25 mm apart."""
    frames = np.frombuffer(written.FloatPixelData, dtype="<f4").reshape(20, 16, 25)
    for frame, groups in zip(frames, written.PerFrameFunctionalGroupsSequence, strict=True):
        z = float(groups.PlanePositionSequence[0].ImagePositionPatient[2])
        np.testing.assert_array_equal(frame, clot_maps[round((z + 112.5) / 1.25)].values)


def test_the_first_cell_lies_where_the_crop_begins(written: FileDataset) -> None:
    """Two pixels a cell: its centre is half a pixel into the crop (rows 4.., cols 5..)."""
    groups = written.PerFrameFunctionalGroupsSequence[0]
    shared = written.SharedFunctionalGroupsSequence[0]
    x, y, _ = (float(v) for v in groups.PlanePositionSequence[0].ImagePositionPatient)

    assert (x, y) == pytest.approx((-20.0 + 0.8 * 5.5, -14.0 + 0.7 * 4.5))
    assert shared.PixelMeasuresSequence[0].PixelSpacing == pytest.approx([1.4, 1.6])
    assert shared.PlaneOrientationSequence[0].ImageOrientationPatient == [1, 0, 0, 0, 1, 0]


def test_each_frame_names_the_slice_it_explains(written: FileDataset) -> None:
    named = {}
    for groups in written.PerFrameFunctionalGroupsSequence:
        (source,) = groups.DerivationImageSequence[0].SourceImageSequence
        z = float(groups.PlanePositionSequence[0].ImagePositionPatient[2])
        named[round((z + 112.5) / 1.25)] = source.ReferencedSOPInstanceUID

    assert named == {index: f"1.2.3.30.{index}" for index in range(20)}


def test_frames_of_a_file_are_named_by_their_number(
    scored_frames: Report, read_object: ReadObject
) -> None:
    """Slice 13 is the seventh frame of the second file."""
    written = read_object(write_parametric_maps, scored_frames)
    sources = {
        round((float(g.PlanePositionSequence[0].ImagePositionPatient[2]) + 112.5) / 1.25): (
            g.DerivationImageSequence[0].SourceImageSequence[0]
        )
        for g in written.PerFrameFunctionalGroupsSequence
    }

    assert sources[13].ReferencedSOPInstanceUID == "1.2.3.50.1"
    assert sources[13].ReferencedFrameNumber == 7
    assert len(written.ReferencedSeriesSequence[0].ReferencedInstanceSequence) == 2


def test_it_is_marked_as_research(written: FileDataset) -> None:
    assert written.ContentQualification == "RESEARCH"
    assert written.ContentLabel == "RESEARCH"
    assert written.ContentDescription == "Research use only. Not for diagnosis."


@pytest.mark.parametrize(
    ("method", "code"),
    [(CLOT_MAP, "130401"), (CLASS_ACTIVATION, "130402"), (GRAD_CAM, "130403")],
)
def test_the_quantity_says_how_the_map_was_made(
    unsigned_report: Report,
    clot_maps: tuple[Heatmap, ...],
    read_object: ReadObject,
    method: str,
    code: str,
) -> None:
    maps = tuple(replace(heatmap, method=method) for heatmap in clot_maps[:3])
    written = read_object(write_parametric_maps, replace(unsigned_report, heatmaps=maps))
    mapping = written.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence[0]

    assert mapping.QuantityDefinitionSequence[0].ConceptCodeSequence[0].CodeValue == code


def test_maps_of_two_methods_are_two_objects_of_their_own(
    unsigned_report: Report, clot_maps: tuple[Heatmap, ...]
) -> None:
    other = Heatmap(7, np.ones((4, 5), dtype=np.float32), clot_maps[7].crop, GRAD_CAM)
    report = replace(unsigned_report, heatmaps=(*clot_maps, other))
    documents = write_parametric_maps(report).documents

    assert [document.ending for document in documents] == [".dcm", "-2.dcm"]


def test_slices_in_one_place_give_one_frame(
    make_report: MakeReport, clot_maps: tuple[Heatmap, ...], read_object: ReadObject
) -> None:
    report = make_report(findings=None, heatmaps=clot_maps, review=Review())
    slices = list(report.series.slices)
    slices[4] = replace(slices[4], image_position=slices[3].image_position)
    whole = make_report(heatmaps=clot_maps)
    report = replace(whole, series=replace(whole.series, slices=tuple(slices)))

    assert read_object(write_parametric_maps, report).NumberOfFrames == 19


def test_highdicom_reads_it_back(unsigned_report: Report) -> None:
    content = write_parametric_maps(unsigned_report).documents[0].content
    image = highdicom.imread(io.BytesIO(content))

    volume = image.get_volume()
    assert volume.spatial_shape == (20, 16, 25)
    np.testing.assert_allclose(volume.spacing, (1.25, 1.4, 1.6))


def test_without_maps_it_is_left_out(make_report: MakeReport, findings: Findings) -> None:
    assert write_parametric_maps(make_report(heatmaps=())).omitted == (
        "pmap: there is no activation map",
    )
