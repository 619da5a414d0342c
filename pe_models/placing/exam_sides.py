"""The exam's sides, from where its clots are: evidence of each side beside the nets' own scores.

A sequence net learns sides from exam labels, of which there are few; the clot map knows them. A
rule weighs both. It needs exam labels alone, as those of RSNA-STR are, and no masks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from pe_models.calibration import FURTHEST_LOGIT, net_logit, sigmoid
from pe_models.labels import CENTRAL, EXAM_LABELS, LEFT, RIGHT
from pe_models.placing.evidence import EvidenceMaps, Floats, Mask, within
from pe_models.placing.sides import ABOUT_TRUNK_MM, FORK_LEFT_MM


@dataclass(frozen=True, slots=True)
class SideEvidence:
    """Logits of the likeliest clot of the right side, of the left one, and about the trunk.

    Each of the highest product of a place's score by the clot map with its slice's score.
    ``central`` is None where no carina was seen, from which the trunk is known.
    """

    right: float
    left: float
    central: float | None


def side_evidence(evidence: EvidenceMaps, image_scores: Floats) -> SideEvidence:
    """``image_scores`` (slice,) in [0, 1], as the nets gave them."""
    up, back, left = axes = evidence.axes_mm()
    is_left = left > FORK_LEFT_MM
    slices, rows = np.ones(len(up), np.bool_), np.ones(len(back), np.bool_)
    central = None
    if evidence.frame.is_seen:
        about_trunk = tuple(map(within, axes, ABOUT_TRUNK_MM))
        central = _highest(evidence, image_scores, about_trunk)
    return SideEvidence(
        right=_highest(evidence, image_scores, (slices, rows, ~is_left)),
        left=_highest(evidence, image_scores, (slices, rows, is_left)),
        central=central,
    )


@dataclass(frozen=True, slots=True)
class SideWeights:
    """The logit of a label: a constant, and weights of the net's logit and of the evidence.

    ``of_other`` is that of the other side's evidence; there is none for central emboli.
    """

    constant: float
    of_net: float
    of_own: float
    of_other: float = 0.0

    def __post_init__(self) -> None:
        if not np.isfinite([self.constant, self.of_net, self.of_own, self.of_other]).all():
            raise ValueError(f"weights of sides that are no numbers: {self}")

    def score(self, net_score: float, own: float, other: float = 0.0) -> float:
        """A score in [0, 1] from the calibrated one of the net."""
        of_net = self.of_net * net_logit(net_score)
        logits = self.constant + of_net + self.of_own * own + self.of_other * other
        return float(sigmoid(logits))


@dataclass(frozen=True, slots=True)
class ExamSideRule:
    """``side`` is the same for right and left, as the chest knows no reason for another."""

    side: SideWeights
    central: SideWeights

    def applied(self, exam: Floats, evidence: SideEvidence) -> Floats:
        """Calibrated scores (label,) in the order of EXAM_LABELS, those of sides made anew."""
        right, left, central = (EXAM_LABELS.index(label) for label in (RIGHT, LEFT, CENTRAL))
        told = exam.copy()
        told[right] = self.side.score(exam[right], evidence.right, evidence.left)
        told[left] = self.side.score(exam[left], evidence.left, evidence.right)
        if evidence.central is not None:
            told[central] = self.central.score(exam[central], evidence.central)
        return told

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of its fields as JSON. Raises KeyError, TypeError or ValueError."""
        return cls(SideWeights(**record["side"]), SideWeights(**record["central"]))


def _highest(evidence: EvidenceMaps, image_scores: Floats, part: tuple[Mask, ...]) -> float:
    """Logit of the highest product in the ``part`` of slices, rows and cols that are counted."""
    slices, rows, cols = part
    if not all(axis.any() for axis in part):
        return -FURTHEST_LOGIT
    clot = evidence.clot[slices][:, rows][:, :, cols].max(axis=(1, 2))
    score = (sigmoid(clot) * image_scores[slices]).max()
    return net_logit(score)
