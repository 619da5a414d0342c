"""The track as PDF and HTML draw it."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pe_models.findings import Findings, Flag
from pe_viewer.report.drawing.track_figure import TrackFigure, track_figure
from pe_viewer.report.html.track import track_markup
from pe_viewer.report.model import Report
from pe_viewer.review import Review

MakeReport = Callable[..., Report]


@pytest.fixture
def figure(report: Report) -> TrackFigure:
    made = track_figure(report)
    assert made is not None
    return made


def test_every_slice_is_one_equal_step_from_head_to_feet(
    figure: TrackFigure, findings: Findings
) -> None:
    lefts, rights = figure.steps[0::2], figure.steps[1::2]

    assert [y for _, y in lefts] == [score.pe_score for score in reversed(findings.slices)]
    assert [x for x, _ in lefts] == pytest.approx([k / 20 for k in range(20)])
    assert [x for x, _ in rights] == pytest.approx([(k + 1) / 20 for k in range(20)])


def test_runs_span_their_slices_from_edge_to_edge(figure: TrackFigure) -> None:
    head, single, _, added = figure.runs

    assert (head.number, head.x_first, head.x_last, head.x_peak) == (
        1,
        pytest.approx(2 / 20),
        pytest.approx(6 / 20),
        pytest.approx(4.5 / 20),
    )
    assert single.x_last - single.x_first == pytest.approx(1 / 20)
    assert added.number is None
    assert added.x_peak == pytest.approx(8.5 / 20)


def test_ticks_name_both_ends(figure: TrackFigure) -> None:
    assert figure.ticks[0] == (pytest.approx(0.5 / 20), "1")
    assert figure.ticks[-1] == (pytest.approx(19.5 / 20), "20")


def test_the_caption_tells_the_threshold_and_the_readers_mark(
    figure: TrackFigure, make_report: MakeReport
) -> None:
    unread = track_figure(make_report(review=Review()))

    assert unread is not None
    assert unread.caption.endswith("dashed: flag threshold 0.40")
    assert figure.caption == f"{unread.caption}; diamond: added by the reader"


def test_there_is_no_figure_without_scores(
    make_report: MakeReport, findings: Findings, bare_report: Report
) -> None:
    scoreless = tuple(replace(s, pe_score=None, scores={}) for s in findings.slices)

    assert track_figure(bare_report) is None
    assert track_figure(make_report(findings=replace(findings, slices=scoreless))) is None


def test_slices_of_a_head_are_drawn_by_the_score_that_sums_up_its_kinds(
    make_report: MakeReport, findings: Findings
) -> None:
    def scored(index: int) -> dict[str, float]:
        return {"any": index / 40, "subdural": 0.9}

    slices = tuple(
        replace(s, pe_score=None, pe_score_raw=None, scores=scored(s.slice_index))
        for s in findings.slices
    )
    head = track_figure(
        make_report(findings=replace(findings, task="hemorrhage", slices=slices, verdict=None))
    )
    assert head is not None
    assert [y for _, y in head.steps[0::2]] == [k / 40 for k in reversed(range(20))]
    assert "; drawn: Any hemorrhage" in head.caption


def test_the_drawing_holds_every_step_run_and_mark(figure: TrackFigure) -> None:
    markup = track_markup(figure)
    points = markup.split('points="')[1].split('"')[0].split()

    assert len(points) == 2 + 2 * 20
    assert markup.count('class="run"') == 3
    assert markup.count('class="mark"') == 1


def test_runs_that_follow_one_another_are_bars_of_their_own(
    make_report: MakeReport, findings: Findings
) -> None:
    flags = (Flag(2, 3, 6, 0.7), Flag(7, 8, 9, 0.6))
    figure = track_figure(make_report(findings=replace(findings, flags=flags), review=Review()))

    assert figure is not None
    found = re.findall(
        r'class="run" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', track_markup(figure)
    )
    (left, width), (next_left, _) = sorted((float(x), float(wide)) for x, wide in found)
    assert left + width <= next_left - 1.9


def test_the_names_of_runs_that_lie_close_do_not_run_together(
    make_report: MakeReport, findings: Findings
) -> None:
    """Flags 11 and 12 side by side must not read as one number."""
    flags = tuple(Flag(k, k, k, 0.6) for k in range(20))
    figure = track_figure(make_report(findings=replace(findings, flags=flags), review=Review()))

    assert figure is not None
    wide = TrackFigure(
        figure.steps,
        figure.threshold,
        tuple(replace(run, x_peak=0.4 + 0.01 * place) for place, run in enumerate(figure.flagged)),
        figure.ticks,
        figure.caption,
    )
    places = re.findall(r'<text x="([\d.]+)" y="13.00"[^>]*>(\d+)<', track_markup(wide))

    assert [name for _, name in places] == [str(number) for number in range(1, 21)]
    assert (np.diff([float(x) for x, _ in places]) >= 14).all()


def test_a_threshold_beside_an_end_of_the_scale_is_drawn_but_not_labelled(
    make_report: MakeReport, findings: Findings
) -> None:
    low = make_report(findings=replace(findings, flag_threshold=0.05), review=Review())
    figure = track_figure(low)

    assert figure is not None
    markup = track_markup(figure)
    assert 'class="threshold"' in markup
    assert ">0.05<" not in markup
