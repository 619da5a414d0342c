"""What the track says of a slice under the cursor."""

import numpy as np

from pe_viewer.display.series_texts import gap_text
from pe_viewer.display.texts import DECISION_TEXTS, REASON_TEXTS, run_text, score_text, slice_name
from pe_viewer.display.warning_places import gaps_beside
from pe_viewer.review import DecisionState
from pe_viewer.state import ReviewSnapshot
from pe_viewer.views.track.track_painting import scores_of


def value_text(snapshot: ReviewSnapshot, slice_index: int) -> str:
    """``Im 183   model score 0.94``, then its flag, the reader's marks, and a gap beside it."""
    series = snapshot.series
    if series is None:
        return ""
    name = slice_name(slice_index, series.slices[slice_index].instance_number)
    gaps = (gap_text(gap, slice_index) for gap in gaps_beside(series, slice_index))
    lines = (
        f"{name}   {_standing_of(snapshot, slice_index)}",
        _compared_line(snapshot, slice_index),
        _flag_line(snapshot, slice_index),
        _marks_line(snapshot, slice_index),
        *gaps,
    )
    return "\n".join(line for line in lines if line)


def _standing_of(snapshot: ReviewSnapshot, slice_index: int) -> str:
    """The slice's score, or why there is none."""
    if snapshot.volume is not None and slice_index in snapshot.volume.missing_slices:
        return "could not be read"
    scores = scores_of(snapshot)
    if scores is None or np.isnan(scores[slice_index]):
        return "not analysed"
    score = f"model score {score_text(float(scores[slice_index]))}"
    if snapshot.findings is None:
        return f"{score} (coarse)"
    raw = snapshot.findings.slices[slice_index].pe_score_raw
    return f"{score}, raw {score_text(raw)}" if snapshot.shows_raw_scores and raw else score


def _compared_line(snapshot: ReviewSnapshot, slice_index: int) -> str:
    """``Candidate 0.31, in use 0.94`` where two bundles are compared on this study."""
    pair = snapshot.compared
    if pair is None or snapshot.withholds_model or slice_index >= len(pair.in_use):
        return ""
    in_use, candidate = pair.in_use[slice_index], pair.candidate[slice_index]
    return f"Candidate {score_text(candidate)}, in use {score_text(in_use)}"


def _flag_line(snapshot: ReviewSnapshot, slice_index: int) -> str:
    findings = snapshot.findings
    flag = next((f for f in snapshot.shown_flags if slice_index in f), None)
    if findings is None or flag is None:
        return ""
    return f"Flag {run_text(findings, flag)}, peak {score_text(flag.score)}"


def _marks_line(snapshot: ReviewSnapshot, slice_index: int) -> str:
    """``Reader: rejected: Vein, key image``."""
    review = snapshot.review
    marks = [
        f"rejected: {REASON_TEXTS[d.reason]}" if d.reason else DECISION_TEXTS[d.state]
        for d in review.decisions
        if d.first <= slice_index <= d.last and d.state is not DecisionState.UNDECIDED
    ]
    if slice_index in review.key_slices:
        marks.append("key image")
    return f"Reader: {', '.join(marks)}" if marks else ""
