"""What a retraining left of its comparisons, read from its folder for the window to draw."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pe_models.errors import DatasetError
from pe_models.evaluation.gate import StudySet
from pe_models.retraining.folder import RetrainFolder
from pe_models.training.files import read_json
from pe_viewer.display.track import TrackPair
from pe_viewer.training_state import (
    ComparedStudy,
    ComparisonView,
    Curve,
    FigureView,
    Interval,
)

_FOLDERS: Final = {StudySet.HELD_OUT: "held-out", StudySet.SAFETY: "safety"}
_ROLES: Final = ("a", "b")


def comparisons_of(retraining: RetrainFolder) -> dict[StudySet, ComparisonView]:
    """Those that were reached; a file that cannot be read is left out."""
    found = {}
    for studies, name in _FOLDERS.items():
        folder = retraining.comparison / name
        try:
            record = read_json(folder / "comparison.json")
            curves = _or_nothing(folder / "curves.json")
            found[studies] = _view(record, curves, _or_nothing(folder / "faithfulness.json"))
        except (DatasetError, KeyError, TypeError, ValueError, AttributeError):
            continue
    return found


def _or_nothing(path: Path) -> Mapping[str, Any]:
    """{} where there is no such file: earlier versions wrote none."""
    record = read_json(path) if path.exists() else {}
    return record if isinstance(record, dict) else {}


def _view(
    record: Mapping[str, Any], curves: Mapping[str, Any], faithfulness: Mapping[str, Any]
) -> ComparisonView:
    in_use, candidate = (f"{record[role]['name']} {record[role]['version']}" for role in _ROLES)
    froc, reliability = curves.get("froc", {}), curves.get("reliability", {})
    tracks = curves.get("tracks", {})
    return ComparisonView(
        in_use=in_use,
        candidate=candidate,
        n_studies=int(record["n_studies"]),
        figures={name: _figure(entry) for name, entry in record["figures"].items()},
        found=_curves(froc, "false_marks", "found"),
        reliability=_curves(reliability, "mean_score", "positive_share"),
        studies=tuple(
            _study(entry, tracks.get(entry["study"]), in_use, candidate)
            for entry in record["disagreements"]
        ),
        faithfulness=(faithfulness.get("a"), faithfulness.get("b")),
    )


def _figure(entry: Mapping[str, Any]) -> FigureView:
    favours = entry["favours"]
    return FigureView(
        _interval(entry["a"]),
        _interval(entry["b"]),
        _interval(entry["b_minus_a"]),
        favours_candidate=None if favours is None else favours == "b",
    )


def _interval(entry: Mapping[str, Any]) -> Interval:
    return Interval(float(entry["value"]), *(float(end) for end in entry["interval"]))


def _curves(points: Mapping[str, Any], across: str, up: str) -> tuple[Curve | None, Curve | None]:
    in_use, candidate = (points.get(role) for role in _ROLES)
    return _curve(in_use, across, up), _curve(candidate, across, up)


def _curve(points: Mapping[str, Any] | None, across: str, up: str) -> Curve | None:
    return None if points is None else (tuple(points[across]), tuple(points[up]))


def _study(
    entry: Mapping[str, Any], tracks: Mapping[str, Any] | None, in_use: str, candidate: str
) -> ComparedStudy:
    return ComparedStudy(
        study=entry["study"],
        has_pe=entry["is_positive"],
        in_use_score=float(entry["exam_pe_score"]["a"]),
        candidate_score=float(entry["exam_pe_score"]["b"]),
        slice_index=int(entry["slice_index"]),
        truth=() if tracks is None else tuple(tracks["truth"]),
        tracks=None
        if tracks is None
        else TrackPair(in_use, candidate, tuple(tracks["a"]), tuple(tracks["b"])),
    )
