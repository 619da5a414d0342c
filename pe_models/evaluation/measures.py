"""The object of ``metrics.json``: every figure of one bundle on one cohort."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from pe_models.evaluation.decisions import decisions
from pe_models.evaluation.estimators import (
    Estimator,
    competition_estimator,
    label_estimators,
    side_estimators,
)
from pe_models.evaluation.finding import LEVELS, MarkBy, finding_estimators, marked_studies
from pe_models.evaluation.heart import heart_estimators, heart_figures
from pe_models.evaluation.kept import Judged
from pe_models.evaluation.places import judged_flags, place_estimators
from pe_models.evaluation.spread import Estimate, estimates
from pe_models.evaluation.strata import strata
from pe_models.froc import SIZE_RANGES
from pe_models.labels import EXAM_LABELS

FROC_OF: Final = {"froc": MarkBy.PLACE, "froc_by_slice": MarkBy.SLICE}
"""Where the truth does not tell where emboli lie in their slices, ``froc`` is by slice too."""

_OF_PLACES: Final = ("marked", "pointing", "side_right", "all_sides_right", "level_right")
_EXAM_FIGURES: Final = ("auc", "auc_within_positive", "ece")


def all_estimators(judged: Sequence[Judged]) -> dict[str, Estimator]:
    """Every figure that may be compared, by its dotted name."""
    found = {
        **label_estimators(judged),
        **side_estimators(judged),
        **competition_estimator(judged),
        **heart_estimators(judged),
    }
    for name, by in FROC_OF.items():
        marked = marked_studies(judged, by) or marked_studies(judged, MarkBy.SLICE)
        if marked is not None:
            found |= {f"{name}.{k}": v for k, v in finding_estimators(marked).items()}
    flags = judged_flags(judged)
    return found if flags is None else found | place_estimators(flags)


def measure(judged: Sequence[Judged]) -> dict[str, Any]:
    """Figures as the contract names them, their 95 % intervals by name, and decisions.

    A figure that is not defined, such as an AUC over one class, is None.
    """
    found = estimates(all_estimators(judged), len(judged))
    image = np.concatenate([j.truth.image_labels() for j in judged])
    return {
        "n_studies": len(judged),
        "n_positive": sum(j.truth.has_pe is True for j in judged),
        "n_unknown": sum(j.truth.has_pe is None for j in judged),
        "n_images": len(image),
        "n_positive_images": int(np.nansum(image)),
        "n_emboli": _n_emboli(judged),
        "image_auc": _value(found, "image_auc"),
        "image_auc_within_positive": _value(found, "image_auc_within_positive"),
        "image_ece": _value(found, "image_ece"),
        "exam": {
            label: {key: _value(found, f"exam.{label}.{key}") for key in _EXAM_FIGURES}
            for label in EXAM_LABELS
        },
        **{name: _froc(found, name, judged) for name in FROC_OF},
        "sides": {
            "auc": _value(found, "sides.auc"),
            "share_right": _value(found, "sides.share_right"),
            "n_right_only": sum(j.truth.only_side == "right" for j in judged),
            "n_left_only": sum(j.truth.only_side == "left" for j in judged),
        },
        "places": _places(found, judged),
        "heart": heart_figures(judged),
        "competition_score": _value(found, "competition_score"),
        "decisions": decisions(judged),
        "strata": strata(judged),
        "intervals": {name: [e.low, e.high] for name, e in found.items()},
        "seconds_a_study": float(np.median([j.scores.seconds for j in judged])),
    }


def _froc(
    found: Mapping[str, Estimate], name: str, judged: Sequence[Judged]
) -> dict[str, Any] | None:
    """Sensitivity at one false mark a study; None where emboli are not told one by one."""
    if f"{name}.sensitivity_at_1fp" not in found:
        return None
    by = FROC_OF[name] if marked_studies(judged, FROC_OF[name]) else MarkBy.SLICE
    return {
        "marks_by": by.value,
        "sensitivity_at_1fp": _value(found, f"{name}.sensitivity_at_1fp"),
        "by_level": {level: _value(found, f"{name}.by_level.{level}") for level in LEVELS},
        "by_size": {s.name: _value(found, f"{name}.by_size.{s.name}") for s in SIZE_RANGES},
    }


def _places(found: Mapping[str, Estimate], judged: Sequence[Judged]) -> dict[str, Any] | None:
    """Whether flags with an embolus say rightly where; None where emboli are not told by place."""
    flags = judged_flags(judged)
    if flags is None:
        return None
    return {"n_flags": len(flags), **{key: _value(found, f"places.{key}") for key in _OF_PLACES}}


def _value(found: Mapping[str, Estimate], name: str) -> float | None:
    return found[name].value if name in found else None


def _n_emboli(judged: Sequence[Judged]) -> int | None:
    if any(j.truth.emboli is None for j in judged):
        return None
    return sum(len(j.truth.emboli or ()) for j in judged)
