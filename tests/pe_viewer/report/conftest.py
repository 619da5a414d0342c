"""A small study with everything in it that a report must show, and everything it must not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from pe_models import labels
from pe_models.findings import (
    BundleStamp,
    Crop,
    ExamScore,
    Findings,
    Flag,
    Heatmap,
    Quality,
    QualityCode,
    QualityWarning,
    SliceScore,
    Verdict,
    Zone,
)
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.study import Patient, PixelFormat, Series, SliceSource, Study
from pe_models.imaging.volume import Volume, VolumeOrigin
from pe_models.imaging.warnings import SeriesWarning, WarningCode
from pe_viewer.draft.impression import compose
from pe_viewer.draft.known import completed
from pe_viewer.form.answers import Acuity, Incidental, Presence
from pe_viewer.form.ctpa_form import CtpaForm, Override
from pe_viewer.form.sign_off import Addendum, SignOff
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.report.build import build_report
from pe_viewer.report.model import Report
from pe_viewer.review import (
    Decision,
    DecisionState,
    Length,
    RejectionReason,
    Review,
    Structure,
)

SHAPE = (20, 40, 60)
SPACING_MM = (1.25, 0.7, 0.8)
CREATED = datetime(2026, 11, 21, 14, 5, 33)
FLAGS = (Flag(2, 3, 4, 0.7, ("left",)), Flag(8, 8, 8, 0.61), Flag(14, 15, 17, 0.94, ("right",)))
MakeReport = Callable[..., Report]


@pytest.fixture
def geometry() -> Geometry:
    """Axial, slice 0 at z -112.5 mm; no two spacings and no two sizes are equal."""
    return Geometry.axial(SHAPE, SPACING_MM, (-20.0, -14.0, -112.5))


@pytest.fixture
def study(geometry: Geometry) -> Study:
    pixels = PixelFormat("1.2.840.10008.1.2.1", SHAPE[1], SHAPE[2], 16, 16, True)
    slices = tuple(
        SliceSource(
            file=f"DOE_JANE/jane{index}.dcm",
            sop_instance_uid=f"1.2.3.30.{index}",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
            instance_number=SHAPE[0] - index,
            position_mm=-112.5 + 1.25 * index,
            image_position=(-20.0, -14.0, -112.5 + 1.25 * index),
            pixels=pixels,
        )
        for index in range(SHAPE[0])
    )
    series = Series(
        study_uid="1.2.3.10.87654321",
        series_uid="1.2.3.20",
        modality="CT",
        description="DOE PULM ANGIO 1.25",
        slices=slices,
        geometry=geometry,
        n_files=SHAPE[0],
        series_number=4,
        frame_of_reference_uid="1.2.3.40",
        kernel="B30f",
        slice_thickness_mm=1.5,
        contrast_agent="Iomeprol",
        manufacturer="Phantom Works",
        warnings=(SeriesWarning(WarningCode.GAP, "A gap of 12.5 mm was found.", ("jane7.dcm",)),),
    )
    return Study(
        study_uid=series.study_uid,
        patient=Patient("DOE^JANE", "ID-4711", "19630201", "F", "063Y"),
        series=(series,),
        date="20261120",
        time="091500",
        description="CT CHEST DOE",
        accession_number="ACC-0815",
        study_id="STUDY-1",
    )


@pytest.fixture
def volume(study: Study, geometry: Geometry) -> Volume:
    """HU that differ from voxel to voxel in every direction."""
    index, row, col = np.indices(SHAPE)
    hu = (row * 7 + col * 3 - 200 + index * 11).astype(np.int16)
    return Volume(hu, geometry, VolumeOrigin.of(study.series[0]))


@pytest.fixture
def findings(study: Study) -> Findings:
    scores = np.linspace(0.02, 0.08, SHAPE[0])
    for flag in FLAGS:
        scores[flag.first : flag.last + 1] = 0.55
        scores[flag.peak] = flag.score
    series = study.series[0]
    return Findings(
        task="pe",
        bundle=BundleStamp("pe-test", "1.2", "ab" * 32, "phantoms", "phantoms"),
        study_uid=study.study_uid,
        series_uid=series.series_uid,
        spacing_mm=SPACING_MM,
        crop=Crop(4, 36, 5, 55),
        slices=tuple(
            SliceScore(
                index,
                source.instance_number,
                source.frame_number,
                source.sop_instance_uid,
                source.position_mm,
                float(scores[index]),
                float(scores[index]) * 0.9,
                {"pe": float(scores[index])},
            )
            for index, source in enumerate(series.slices)
        ),
        exam={label: ExamScore(0.31, 0.42, 0.500001) for label in labels.EXAM_LABELS},
        verdict=Verdict.POSITIVE,
        zone=Zone.POSITIVE,
        flags=FLAGS,
        flag_threshold=0.4,
        quality=Quality(
            310.0, (QualityWarning(QualityCode.GAP, "A gap hides part of the arteries."),)
        ),
        violations_before=("1a",),
        consistency_cost=0.0123,
        timing_ms={"total": 41234.0},
    )


@pytest.fixture
def heatmaps(findings: Findings) -> tuple[Heatmap, ...]:
    values = np.linspace(-2.0, 29.0, 12, dtype=np.float32).reshape(3, 4)
    return tuple(Heatmap(flag.peak, values, findings.crop) for flag in FLAGS)


@pytest.fixture
def review() -> Review:
    """Flag 1 (of the head) undecided, 2 rejected, 3 (of the feet) accepted, and one added."""
    decisions = (
        Decision.on_flag(FLAGS[0], DecisionState.ACCEPTED),
        Decision.on_flag(FLAGS[1], DecisionState.REJECTED, RejectionReason.VEIN),
        Decision(10, 11, 12, DecisionState.ADDED, comment="Subsegmental"),
    )
    return Review(decisions, comment="Segmental embolism in the left lower lobe.")


@pytest.fixture
def make_report(
    study: Study,
    volume: Volume,
    findings: Findings,
    heatmaps: tuple[Heatmap, ...],
    review: Review,
) -> MakeReport:
    """``build_report`` of the study above; any argument may be given anew.

    ``patient`` and ``series`` change fields of the patient and the series.
    """

    def make(**changes: Any) -> Report:
        patient = replace(study.patient, **changes.pop("patient", {}))
        series = replace(study.series[0], **changes.pop("series", {}))
        changed = replace(study, patient=patient, series=(series,))
        return build_report(
            changed,
            series,
            changes.pop("pixels", volume),
            changes.pop("findings", findings),
            changes.pop("heatmaps", heatmaps),
            changes.pop("review", review),
            created=CREATED,
            **changes,
        )

    return make


@pytest.fixture
def report(make_report: MakeReport) -> Report:
    """A report with flags, decisions, an added run and overlays."""
    return make_report()


@pytest.fixture
def filled_review(review: Review) -> Review:
    """The review above with a form filled in, and both ventricles measured."""
    form = CtpaForm(
        presence=Presence.PRESENT,
        acuity=Acuity.ACUTE,
        sites={
            ArterialSite.RIGHT_LOWER: Occlusion.PARTIAL,
            ArterialSite.LEFT_A9: Occlusion.COMPLETE,
        },
        strain=Presence.ABSENT,
        incidental={Incidental.NODULE: "7 mm, right upper lobe"},
        overrides=(Override("ratio-without-strain", "RV/LV is 1.17.", "Known cor pulmonale."),),
    )
    rv = Length(6, (10.0, 2.0), (10.0, 58.0), Structure.RV)  # 56 cols of 0.8 mm
    lv = Length(7, (12.0, 5.0), (12.0, 53.0), Structure.LV)  # 48 cols of 0.8 mm
    return replace(review, form=form, measures=(rv, lv))


@pytest.fixture
def signed_review(filled_review: Review, geometry: Geometry, findings: Findings) -> Review:
    """The filled review as a reader has signed it, with an addendum."""
    form = completed(filled_review, geometry, findings)
    addendum = Addendum(
        "Dr. Å", datetime(2026, 11, 22, 9, 0, tzinfo=UTC), "Nodule known since 2019."
    )
    signed = SignOff("Dr. Müller", datetime(2026, 11, 21, 14, 30, tzinfo=UTC), 19, 20, "ab" * 32)
    signed = signed.with_addendum(addendum)
    return replace(filled_review, form=replace(form, impression=compose(form)), sign_off=signed)


@pytest.fixture
def signed_report(make_report: MakeReport, signed_review: Review) -> Report:
    return make_report(review=signed_review)


@pytest.fixture
def bare_report(make_report: MakeReport) -> Report:
    """A report without analysis and without a review."""
    return make_report(findings=None, heatmaps=(), review=Review())
