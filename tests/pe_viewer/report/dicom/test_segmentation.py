"""The region of the clot map: where it lies, which slices it is on, and what it says of itself."""

import io
from collections.abc import Callable
from dataclasses import replace

import highdicom
import numpy as np
import pytest
from pydicom.dataset import FileDataset

from pe_models.findings import CLASS_ACTIVATION, Heatmap
from pe_viewer.report.dicom.segmentation import write_segmentation
from pe_viewer.report.model import Report
from pe_viewer.report.writer import Writer

MakeReport = Callable[..., Report]
ReadObject = Callable[[Writer, Report], FileDataset]


def test_the_region_lies_around_the_clot_of_the_map(unsigned_report: Report) -> None:
    """The clot's middle, cell (10, 20), is pixel row 4 + 2 x 10.5 - 0.5, col 5 + 2 x 20.5 - 0.5."""
    content = write_segmentation(unsigned_report).documents[0].content
    segmentation = highdicom.seg.segread(io.BytesIO(content))
    mask = segmentation.get_volume(combine_segments=True).array

    rows, cols = np.nonzero(mask[0])
    assert mask.shape[1:] == (40, 60)
    assert (rows.mean(), cols.mean()) == pytest.approx((24.5, 45.5), abs=0.5)
    # 12 exp(-r² / 4) = 6 at r = 2 sqrt(ln 2) cells; its area in pixels:
    assert len(rows) == pytest.approx(np.pi * 4 * np.log(2) * 4, rel=0.15)


def test_only_flagged_slices_have_a_region(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    written = read_object(write_segmentation, unsigned_report)
    named = [
        g.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        for g in written.PerFrameFunctionalGroupsSequence
    ]

    assert sorted(int(uid.rsplit(".", 1)[1]) for uid in named) == [2, 3, 4, 8, 14, 15, 16, 17]


def test_it_lies_on_the_grid_of_the_ct(unsigned_report: Report, read_object: ReadObject) -> None:
    written = read_object(write_segmentation, unsigned_report)
    positions = [
        [float(v) for v in g.PlanePositionSequence[0].ImagePositionPatient]
        for g in written.PerFrameFunctionalGroupsSequence
    ]

    assert min(positions) == pytest.approx([-20.0, -14.0, -112.5 + 2 * 1.25])
    assert (written.Rows, written.Columns) == (40, 60)


def test_the_segment_is_a_model_s_and_for_research(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    (segment,) = read_object(write_segmentation, unsigned_report).SegmentSequence
    (algorithm,) = segment.SegmentationAlgorithmIdentificationSequence

    assert segment.SegmentLabel.startswith("RESEARCH")
    assert segment.SegmentAlgorithmType == "AUTOMATIC"
    assert (algorithm.AlgorithmName, algorithm.AlgorithmVersion) == ("pe-test", "1.2")
    assert "ab" * 32 in algorithm.AlgorithmParameters


def test_others_draw_it_in_the_colour_of_the_model(
    unsigned_report: Report, read_object: ReadObject
) -> None:
    """CIELab of #E8A33D, as colour calculators give it (D50): 71.9, 18.7, 60.8."""
    (segment,) = read_object(write_segmentation, unsigned_report).SegmentSequence
    level, a, b = segment.RecommendedDisplayCIELabValue

    assert level / 65535 * 100 == pytest.approx(72, abs=2)  # PS3.3 C.10.7.1.1
    assert a / 257 - 128 == pytest.approx(19, abs=4)
    assert b / 257 - 128 == pytest.approx(61, abs=4)


def test_a_map_that_says_what_moved_the_score_is_no_region(
    unsigned_report: Report, clot_maps: tuple[Heatmap, ...]
) -> None:
    maps = tuple(replace(heatmap, method=CLASS_ACTIVATION) for heatmap in clot_maps)
    rendering = write_segmentation(replace(unsigned_report, heatmaps=maps))

    assert rendering.documents == ()
    assert rendering.omitted == ("seg: no flagged slice has a region of a clot map",)


def test_nothing_flagged_gives_no_region(unsigned_report: Report) -> None:
    assert unsigned_report.findings is not None
    findings = replace(unsigned_report.findings, flags=())

    assert write_segmentation(replace(unsigned_report, findings=findings)).documents == ()


def test_not_analysed_gives_no_region(bare_report: Report) -> None:
    assert write_segmentation(bare_report).omitted == ("seg: not analysed",)
