"""From the nets' raw scores to what Findings say: calibrated, consistent, verdict, zone, flags.

Pure numpy. The safety rule lives here: where the CT cannot exclude PE, the verdict is never
negative and neither is the zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pe_models.calibration import (
    Calibration,
    ZoneThresholds,
    zone_of,
    zone_unable_to_exclude,
)
from pe_models.consistency import Projection, project, project_unable_to_exclude
from pe_models.findings import ExamScore, Flag, Quality, Verdict, Zone
from pe_models.flagging import cut_flags
from pe_models.heart.strain import StrainRule
from pe_models.heart_findings import RightHeart
from pe_models.labels import EXAM_LABELS, IMAGE_LABEL, NEGATIVE
from pe_models.placing.exam_sides import ExamSideRule, SideEvidence


@dataclass(frozen=True, slots=True)
class JudgementRules:
    """What a ModelBundle says of how its raw scores are read.

    ``zones``, ``exam_sides`` and ``strain`` are None where it has none.
    """

    calibration: Calibration
    zones: ZoneThresholds | None
    flag_threshold: float
    exam_sides: ExamSideRule | None = None
    strain: StrainRule | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """``image`` (slice,) are the scores shown and flagged, calibrated and projected."""

    image: NDArray[np.float64]
    exam: Mapping[str, ExamScore]
    verdict: Verdict
    zone: Zone | None
    flags: tuple[Flag, ...]
    violations_before: tuple[str, ...]
    consistency_cost: float


def judge(
    image_raw: NDArray[np.float64],
    exam_raw: NDArray[np.float64],
    *,
    quality: Quality,
    rules: JudgementRules,
    sides: SideEvidence | None = None,
    heart: RightHeart | None = None,
) -> Judgement:
    """Judges raw scores in [0, 1]: ``image_raw`` (slice,), ``exam_raw`` (label,) as EXAM_LABELS.

    ``sides`` is what the maps say of where the clots are, None of nets without such maps;
    ``heart`` what was measured of the ventricles.
    ``violations_before`` and the cost are those of the calibrated scores. Raises ValueError for
    scores that are not numbers in [0, 1].
    """
    image, exam = calibrated(image_raw, exam_raw, rules.calibration)
    if rules.exam_sides is not None and sides is not None:
        exam = rules.exam_sides.applied(exam, sides)
    if rules.strain is not None:
        exam = rules.strain.applied(exam, heart)
    projection = _projected(exam, image, quality)
    return Judgement(
        image=projection.image,
        exam={
            label: ExamScore(float(raw), float(before), float(after))
            for label, raw, before, after in zip(
                EXAM_LABELS, exam_raw, exam, projection.exam, strict=True
            )
        },
        verdict=projection.verdict,
        zone=_zone(exam_pe_score(exam), quality, rules.zones),
        flags=cut_flags(projection.image, rules.flag_threshold),
        violations_before=projection.violations_before,
        consistency_cost=projection.cost,
    )


def calibrated(
    image_raw: NDArray[np.float64], exam_raw: NDArray[np.float64], calibration: Calibration
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Calibrated image (slice,) and exam (label,) scores."""
    image = calibration.apply(IMAGE_LABEL, image_raw)
    exam = [
        float(calibration.apply(label, [raw])[0])
        for label, raw in zip(EXAM_LABELS, exam_raw, strict=True)
    ]
    return image, np.asarray(exam, dtype=np.float64)


def exam_pe_score(exam: NDArray[np.float64]) -> float:
    """The score of "this exam is not negative for PE", which the zones are made for.

    ``exam`` (label,) are calibrated scores in the order of EXAM_LABELS.
    """
    return float(1.0 - exam[EXAM_LABELS.index(NEGATIVE)])


def _projected(
    exam: NDArray[np.float64], image: NDArray[np.float64], quality: Quality
) -> Projection:
    if quality.excludes_negative:
        return project_unable_to_exclude(exam, image)
    return project(exam, image)


def _zone(score: float, quality: Quality, zones: ZoneThresholds | None) -> Zone | None:
    if zones is None:
        return None
    if quality.excludes_negative:
        return zone_unable_to_exclude(score, zones)
    return zone_of(score, zones)
