"""Sound drafts, a positive and a negative one, which each test spoils in its own way."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pe_models import labels
from pe_models.findings import (
    BundleStamp,
    Crop,
    ExamScore,
    Findings,
    Flag,
    Quality,
    SliceScore,
    Verdict,
    Zone,
)
from pe_viewer.display.coverage import Coverage
from pe_viewer.draft.rules import Draft
from pe_viewer.form.answers import Acuity, BolusQuality, Degree, Level, Presence, Septum, Sign
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.review import Decision, DecisionState, RejectionReason, Review

FLAGS = (Flag(2, 3, 4, 0.7, ("left",)), Flag(14, 15, 17, 0.94, ("right",)))
MakeDraft = Callable[..., Draft]

POSITIVE = CtpaForm(
    bolus_hu=320.0,
    bolus=BolusQuality.GOOD,
    motion=Degree.NONE,
    beam_hardening=Degree.NONE,
    presence=Presence.PRESENT,
    level=Level.LOBAR,
    acuity=Acuity.ACUTE,
    sites={
        ArterialSite.RIGHT_LOWER: Occlusion.PARTIAL,
        ArterialSite.LEFT_A9: Occlusion.COMPLETE,
    },
    signs=frozenset({Sign.CENTRAL_DEFECT}),
    rv=Diameter(44.0, 6),
    lv=Diameter(40.0, 7),
    trunk=Diameter(29.0, 12),
    strain=Presence.PRESENT,
    septum=Septum.FLATTENED,
    infarct=Presence.ABSENT,
)
NEGATIVE = CtpaForm(
    bolus_hu=320.0,
    bolus=BolusQuality.GOOD,
    motion=Degree.NONE,
    beam_hardening=Degree.NONE,
    presence=Presence.ABSENT,
    rv=Diameter(38.0, 6),
    lv=Diameter(42.0, 7),
    strain=Presence.ABSENT,
)
ACCEPTED = Review(tuple(Decision.on_flag(flag, DecisionState.ACCEPTED) for flag in FLAGS))
REJECTED = Review(
    tuple(Decision.on_flag(f, DecisionState.REJECTED, RejectionReason.VEIN) for f in FLAGS)
)


@pytest.fixture
def findings() -> Findings:
    """Twenty slices 1.25 mm apart, two flagged runs."""
    return Findings(
        task="pe",
        bundle=BundleStamp("pe-test", "1.2", "ab" * 32, "phantoms", "phantoms"),
        study_uid="1.2.3",
        series_uid="1.2.3.4",
        spacing_mm=(1.25, 0.7, 0.8),
        crop=Crop(4, 36, 5, 55),
        slices=tuple(
            SliceScore(k, 20 - k, None, f"1.2.{k}", 1.25 * k, 0.1, 0.1, {"pe": 0.1})
            for k in range(20)
        ),
        exam={label: ExamScore(0.3, 0.3, 0.3) for label in labels.EXAM_LABELS},
        verdict=Verdict.POSITIVE,
        zone=Zone.POSITIVE,
        flags=FLAGS,
        flag_threshold=0.5,
        quality=Quality(320.0),
    )


@pytest.fixture
def positive(findings: Findings) -> MakeDraft:
    """``positive(**fields)``: the sound positive draft with other fields."""
    return lambda **fields: Draft(replace(POSITIVE, **fields), ACCEPTED, findings, Coverage(20, 20))


@pytest.fixture
def negative(findings: Findings) -> MakeDraft:
    """``negative(**fields)``: the sound negative draft with other fields."""
    return lambda **fields: Draft(replace(NEGATIVE, **fields), REJECTED, findings, Coverage(20, 20))
