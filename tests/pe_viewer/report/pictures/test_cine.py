"""Flagged runs as moving pictures."""

import io
import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage

from pe_models import NOTICE
from pe_models.findings import Findings, Flag
from pe_viewer.report.clips import MARGIN, MAX_CLIPS, MAX_FRAMES, frame_slices
from pe_viewer.report.drawing.key_images import plain_picture
from pe_viewer.report.drawing.picture import to_image
from pe_viewer.report.model import Report
from pe_viewer.report.pictures.cine import FONT_PX, FRAME_MS, WIDTH_PX, write_cine

MakeReport = Callable[..., Report]

pytestmark = pytest.mark.usefixtures("qapp")


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_each_run_is_a_file_with_its_overlay_beside_it(
    report: Report,
) -> None:
    assert [document.ending for document in write_cine(report).documents] == [
        "-flag3.webp",
        "-flag3-overlay.webp",
        "-flag1.webp",
        "-flag1-overlay.webp",
        "-flag2.webp",
        "-flag2-overlay.webp",
    ]


def test_a_clip_moves_through_the_run_from_the_head_to_the_feet(report: Report) -> None:
    (clip,) = [clip for clip in report.clips if clip.flag_number == 1]
    indices = [frame.slice_index for frame in clip.frames]

    assert indices == list(range(19, 14 - MARGIN - 1, -1))
    moving = opened(write_cine(replace(report, clips=(clip,))).documents[0].content)
    assert (moving.format, moving.n_frames, moving.width) == ("WEBP", len(indices), WIDTH_PX)
    assert moving.info["loop"] == 0
    moving.seek(1)
    moving.load()
    assert moving.info["duration"] == FRAME_MS


def test_each_frame_shows_its_own_slice(report: Report) -> None:
    """Lossy as it is, a frame lies nearer to its own picture than to its neighbour's."""
    clip = report.clips[0]
    moving = opened(write_cine(report).documents[0].content)
    pictures = [plain_picture(report, frame) for frame in clip.frames]
    drawn = [_grey(to_image(p, width_px=WIDTH_PX, font_px=FONT_PX)) for p in pictures]
    for place in range(moving.n_frames):
        moving.seek(place)
        shown = np.asarray(moving.convert("L"), dtype=float)
        errors = [float(np.abs(shown - other).mean()) for other in drawn]
        assert int(np.argmin(errors)) == place


def _grey(image: QImage) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    lines = np.frombuffer(grey.constBits(), dtype=np.uint8)
    lines = lines.reshape(grey.height(), grey.bytesPerLine())
    return lines[:, : grey.width()].astype(np.float64)


def test_a_file_says_what_made_it_and_what_it_is_not_for(report: Report) -> None:
    xmp = opened(write_cine(report).documents[0].content).info["xmp"]

    assert NOTICE.encode() in xmp
    assert b"bundle pe-test 1.2" in xmp


def test_equal_reports_are_equal_files(report: Report) -> None:
    assert write_cine(report) == write_cine(report)


@pytest.mark.parametrize("peak", [0, 57, 100, 199])
def test_a_long_run_moves_in_steps_and_keeps_its_peak(peak: int) -> None:
    indices = frame_slices(Flag(0, peak, 199, 0.9), 200)

    assert len(indices) <= MAX_FRAMES
    assert peak in indices
    steps = {above - below for above, below in itertools.pairwise(indices)}
    assert len(steps) == 1


def test_the_margin_ends_with_the_series() -> None:
    assert frame_slices(Flag(0, 0, 0, 0.9), 2) == (1, 0)


def test_runs_beyond_the_first_are_named(make_report: MakeReport, findings: Findings) -> None:
    flags = tuple(Flag(index, index, index, 0.5 + index / 100) for index in range(MAX_CLIPS + 3))
    rendering = write_cine(make_report(findings=replace(findings, flags=flags)))

    assert rendering.omitted == ("cine: 3 of 7 flagged runs, as only the first move",)
    assert sum(not d.ending.endswith("-overlay.webp") for d in rendering.documents) == MAX_CLIPS


def test_what_has_nothing_to_move_says_why(make_report: MakeReport, bare_report: Report) -> None:
    assert write_cine(bare_report).omitted == ("cine: nothing flagged",)
    assert write_cine(make_report(pixels=None)).omitted == ("cine: the pixels were not available",)
