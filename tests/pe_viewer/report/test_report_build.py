"""What a report holds, and which slices it shows."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pe_models.findings import Findings, Flag, Verdict
from pe_models.imaging.volume import Volume
from pe_models.imaging.window import PE_WINDOW
from pe_models.tasks.hemorrhage import BRAIN
from pe_viewer.report.build import MAX_KEY_IMAGES, build_report
from pe_viewer.report.model import KeyImageKind, Report
from pe_viewer.review import Decision, DecisionState, Review

MakeReport = Callable[..., Report]


def test_flags_are_numbered_from_the_head_toward_the_feet(report: Report) -> None:
    assert [(number, flag.peak) for number, flag in report.numbered_flags] == [
        (1, 15),
        (2, 8),
        (3, 3),
    ]


def test_what_the_reader_stands_by_is_shown_first_and_what_they_rejected_last(
    report: Report,
) -> None:
    shown = [(image.slice_index, image.kind) for image in report.key_images]

    assert shown == [
        (3, KeyImageKind.FLAG),
        (11, KeyImageKind.ADDED),
        (15, KeyImageKind.FLAG),
        (8, KeyImageKind.FLAG),
    ]


def test_a_key_image_knows_its_flag_and_its_map(report: Report) -> None:
    accepted, added = report.key_images[:2]

    assert accepted.flag_number == 3
    assert accepted.heatmap is not None
    assert accepted.heatmap.slice_index == 3
    assert added.flag_number is None
    assert added.heatmap is None


def test_undecided_flags_come_by_score(make_report: MakeReport) -> None:
    undecided = make_report(review=Review())

    assert [image.slice_index for image in undecided.key_images] == [15, 3, 8]


def test_a_slice_that_the_reader_chose_is_shown_once(make_report: MakeReport) -> None:
    chosen = make_report(review=Review(key_slices=frozenset({8, 19})))

    shown = [(image.slice_index, image.flag_number) for image in chosen.key_images]
    assert shown == [(19, None), (8, 2), (15, 1), (3, 3)]


def test_without_flags_three_levels_are_shown_and_named_so(
    make_report: MakeReport, findings: Findings
) -> None:
    calm = replace(findings, flags=(), verdict=Verdict.NEGATIVE)
    images = make_report(findings=calm, review=Review()).key_images

    assert [image.slice_index for image in images] == [14, 10, 5]
    assert all(image.kind is KeyImageKind.LEVEL and image.level for image in images)


def test_more_flags_than_fit_are_counted(make_report: MakeReport, findings: Findings) -> None:
    flags = tuple(Flag(index, index, index, 0.5 + index / 100) for index in range(20))
    crowded = make_report(findings=replace(findings, flags=flags), review=Review())

    assert len(crowded.key_images) == MAX_KEY_IMAGES
    assert crowded.n_flags_unpictured == 20 - MAX_KEY_IMAGES


def test_a_key_image_keeps_no_volume_alive(report: Report, volume: Volume) -> None:
    image = report.key_images[0]

    assert image.hu is not None
    assert np.array_equal(image.hu, volume.hu[3])
    assert not np.shares_memory(image.hu, volume.hu)


def test_pixels_may_come_as_the_array_that_loading_fills(
    make_report: MakeReport, volume: Volume
) -> None:
    image = make_report(pixels=volume.hu).key_images[0]

    assert image.hu is not None
    assert np.array_equal(image.hu, volume.hu[3])


def test_a_slice_that_could_not_be_read_has_no_pixels(
    make_report: MakeReport, volume: Volume
) -> None:
    holed = replace(volume, missing_slices=frozenset({3}))

    assert make_report(pixels=holed).key_images[0].hu is None


def test_without_pixels_there_are_no_key_images(make_report: MakeReport) -> None:
    gone = make_report(pixels=None)

    assert gone.key_images == ()
    assert gone.n_flags_unpictured == 3


def test_pixels_of_another_series_are_refused(make_report: MakeReport, volume: Volume) -> None:
    with pytest.raises(ValueError, match="pixels are of another series"):
        make_report(pixels=volume.hu[1:])


def test_findings_of_another_series_are_refused(
    make_report: MakeReport, findings: Findings
) -> None:
    with pytest.raises(ValueError, match="findings are of another series"):
        make_report(findings=replace(findings, series_uid="1.2.3.21"))


def test_findings_of_other_slices_under_the_same_uid_are_refused(
    make_report: MakeReport, findings: Findings
) -> None:
    with pytest.raises(ValueError, match="findings are of another series"):
        make_report(findings=replace(findings, slices=findings.slices[::-1]))


@pytest.mark.parametrize(
    "stray",
    [
        Review((Decision(19, 20, 21, DecisionState.ADDED),)),
        Review(key_slices=frozenset({20})),
    ],
)
def test_a_review_of_another_series_is_refused(make_report: MakeReport, stray: Review) -> None:
    with pytest.raises(ValueError, match="review is of another series"):
        make_report(review=stray)


def test_pictures_have_the_window_of_their_task_or_of_their_own_range(
    report: Report, volume: Volume, findings: Findings
) -> None:
    def window_of(series=report.series, said=None):
        made = build_report(
            report.study, series, volume, said, (), Review(), created=report.created
        )
        return made.window

    assert window_of() == PE_WINDOW
    assert window_of(said=replace(findings, task="hemorrhage")) == BRAIN
    values = volume.hu[volume.n_slices // 2]
    raw = window_of(replace(report.series, modality="MR"))
    assert values.min() <= raw.low_hu < raw.high_hu <= values.max()
