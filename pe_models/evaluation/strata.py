"""The figures of parts of a cohort: by kernel, bolus, slice thickness, and what may mislead."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from pe_models.evaluation.decisions import false_flags_per_study
from pe_models.evaluation.estimators import label_estimators
from pe_models.evaluation.kept import Judged
from pe_models.labels import NEGATIVE


def strata(judged: Sequence[Judged]) -> dict[str, dict[str, dict[str, Any]]]:
    """By trait and its value: how many studies, how well told apart, how many false flags."""
    parts: dict[str, dict[str, list[Judged]]] = defaultdict(lambda: defaultdict(list))
    for study in judged:
        for trait, value in study.truth.traits.items():
            parts[trait][value].append(study)
    return {
        trait: {value: _figures(studies) for value, studies in sorted(values.items())}
        for trait, values in sorted(parts.items())
    }


def _figures(studies: Sequence[Judged]) -> dict[str, Any]:
    estimators, even = label_estimators(studies), np.ones(len(studies))
    named = {"image_auc": "image_auc", "exam_auc": f"exam.{NEGATIVE}.auc"}
    values = {key: estimators[name](even) for key, name in named.items()}
    return {
        "n_studies": len(studies),
        "n_positive": sum(j.truth.has_pe is True for j in studies),
        **{key: None if np.isnan(value) else value for key, value in values.items()},
        "false_flags_per_study": false_flags_per_study(studies),
    }
