"""A library on disk, a small study with its findings, and a reading."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from pe_models.findings import (
    BundleStamp,
    Crop,
    ExamScore,
    Findings,
    Flag,
    Heatmap,
    Quality,
    SliceScore,
    Verdict,
    Zone,
)
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.study import Patient, PixelFormat, Series, SliceSource, Study
from pe_models.labels import EXAM_LABELS
from pe_viewer.library.library import Library
from pe_viewer.library.review_json import Reading
from pe_viewer.review import Decision, DecisionState, Ellipse, Length, RejectionReason, Review

N_SLICES = 3

REVIEW = Review(
    decisions=(
        Decision(7, 8, 9, DecisionState.REJECTED, RejectionReason.BEAM_HARDENING, "cava"),
        Decision.added(3).reaching(5),
    ),
    key_slices=frozenset({3, 8}),
    measures=(Length(3, (1.5, 2.0), (3.0, 4.25)), Ellipse(8, (0.0, 0.0), (9.0, 7.0))),
    first_read=(Decision.added(3),),
    comment="an impression",
    begun_addendum="The nodule",
    begun_reasons={"absent-with-details": "old cl"},
)
READING = Reading(REVIEW, 8, frozenset({0, 1, 2, 7, 11}), model_was_seen=True)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path / "data")
    assert made.open() == ""
    yield made
    made.close()


def make_study(
    folder: Path, *, uid: str = "1.2", name: str = "DOE^JANE", patient_id: str = "ID-123"
) -> Study:
    """One study of one series of three slices, whose files need not be there."""
    geometry = Geometry.axial((N_SLICES, 40, 60), (3.0, 1.0, 0.5), (-10.0, -20.0, -112.5))
    sources = tuple(
        SliceSource(
            file=str(folder / f"{k}.dcm"),
            sop_instance_uid=f"{uid}.9.{k}",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
            instance_number=N_SLICES - k,
            position_mm=-112.5 + 3.0 * k,
            image_position=(-10.0, -20.0, -112.5 + 3.0 * k),
            pixels=PixelFormat("1.2.840.10008.1.2.1", 40, 60, 16, 16, True),
        )
        for k in range(N_SLICES)
    )
    series = Series(uid, f"{uid}.1", "CT", "CTPA 1.0", sources, geometry, N_SLICES)
    patient = Patient(name, patient_id, "19630101", "F", "063Y")
    return Study(uid, patient, (series,), "20261120", description="CT CHEST PE PROTOCOL")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path / "ct")


@pytest.fixture
def findings_of() -> Callable[..., Findings]:
    return make_findings


def make_findings(
    study: Study,
    *,
    verdict: Verdict = Verdict.POSITIVE,
    score: float = 0.94,
    sha256: str = "0" * 64,
) -> Findings:
    """What a model might say of the best series of ``study``: one slice with ``score``."""
    series = study.series[0]
    scores = (0.1 + 0.2, score, 0.05)
    return Findings(
        task="pe",
        bundle=BundleStamp("pe-test", "1", sha256, "phantoms", "phantoms"),
        study_uid=study.study_uid,
        series_uid=series.series_uid,
        spacing_mm=series.geometry.spacing_mm,
        crop=Crop(4, 36, 10, 50),
        slices=tuple(
            SliceScore(
                k, s.instance_number, None, s.sop_instance_uid, s.position_mm, p, p, {"pe": p}
            )
            for k, (s, p) in enumerate(zip(series.slices, scores, strict=True))
        ),
        exam={label: ExamScore(0.3, 0.2, 0.0) for label in EXAM_LABELS},
        verdict=verdict,
        zone=Zone.POSITIVE,
        flags=(Flag(1, 1, 1, score),) if score > 0.5 else (),
        flag_threshold=0.5,
        quality=Quality(350.0),
    )


def make_heatmaps() -> tuple[Heatmap, ...]:
    """Two maps by two methods, of different sizes, no cell like another."""
    crop = Crop(4, 36, 10, 50)
    first = np.arange(6, dtype=np.float32).reshape(2, 3) - 2.5
    other = np.arange(20, dtype=np.float32).reshape(4, 5)
    return Heatmap(1, first, crop), Heatmap(2, other, crop, "grad-cam")
