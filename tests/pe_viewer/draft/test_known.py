"""What fills the form without an entry, and that an entry always stands."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pe_models.findings import Findings, Quality
from pe_models.imaging.geometry import Geometry
from pe_viewer.draft.known import bolus_of, completed
from pe_viewer.form.answers import BolusQuality, Level, Presence, Source
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.form.sign_off import SignOff
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.review import Decision, DecisionState, Length, Review, Structure

GEOMETRY = Geometry.axial((20, 80, 80), (1.25, 0.5, 0.75), (0.0, 0.0, 0.0))
RV = Length(6, (10.0, 10.0), (10.0, 70.0), Structure.RV)  # 60 cols of 0.75 mm
LV = Length(7, (0.0, 20.0), (60.0, 20.0), Structure.LV)  # 60 rows of 0.5 mm


def test_widths_come_from_the_lines_across_the_ventricles() -> None:
    form = completed(Review(measures=(RV, LV)), GEOMETRY, None)
    assert (form.rv, form.lv) == (Diameter(45.0, 6), Diameter(30.0, 7))
    assert form.rv_lv_ratio == pytest.approx(1.5)
    assert form.sources == {"rv": Source.MEASUREMENT, "lv": Source.MEASUREMENT}


def test_a_newer_line_across_a_structure_replaces_the_older() -> None:
    narrower = replace(RV, end=(10.0, 50.0))
    review = Review().with_measure(RV).with_measure(LV).with_measure(narrower)
    assert review.measures == (LV, narrower)
    plain = Length(6, (0.0, 0.0), (1.0, 1.0))
    assert len(review.with_measure(plain).with_measure(plain).measures) == 4


def test_an_entry_stands_against_what_is_known(findings: Findings) -> None:
    entered = CtpaForm(rv=Diameter(41.0), presence=Presence.INDETERMINATE, bolus_hu=99.0)
    review = Review(measures=(RV,), form=entered, decisions=(Decision.added(3),))
    form = completed(review, GEOMETRY, findings)
    assert (form.rv, form.presence) == (Diameter(41.0), Presence.INDETERMINATE)
    assert (form.bolus_hu, form.bolus) == (99.0, BolusQuality.POOR)
    assert form.sources == {"bolus": Source.PIXELS}


def test_of_findings_only_what_was_measured_is_taken(findings: Findings) -> None:
    form = completed(Review(), GEOMETRY, findings)
    assert form == CtpaForm(
        bolus_hu=320.0,
        bolus=BolusQuality.GOOD,
        sources={"bolus_hu": Source.PIXELS, "bolus": Source.PIXELS},
    )
    assert completed(Review(), GEOMETRY, replace(findings, quality=Quality(None))).is_empty
    assert completed(Review(), GEOMETRY, None).is_empty


@pytest.mark.parametrize(
    ("state", "presence"),
    [
        (DecisionState.ACCEPTED, Presence.PRESENT),
        (DecisionState.ADDED, Presence.PRESENT),
        (DecisionState.REJECTED, None),
        (DecisionState.UNSURE, None),
    ],
)
def test_presence_follows_from_what_was_accepted(
    state: DecisionState, presence: Presence | None
) -> None:
    form = completed(Review((Decision(3, 3, 3, state),)), GEOMETRY, None)
    assert form.presence is presence


def test_the_tree_answers_presence_and_level() -> None:
    drawn = CtpaForm().with_site(ArterialSite.LEFT_LOWER, Occlusion.PARTIAL)
    form = completed(Review(form=drawn), GEOMETRY, None)
    assert (form.presence, form.level) == (Presence.PRESENT, Level.LOBAR)
    assert set(form.sources.values()) == {Source.TREE}


def test_a_signed_form_is_not_filled_any_more(findings: Findings) -> None:
    signed = SignOff("Dr. A", datetime(2026, 11, 21, tzinfo=UTC))
    review = Review(measures=(RV, LV), form=CtpaForm(), sign_off=signed)
    assert completed(review, GEOMETRY, findings) == CtpaForm()


def test_a_line_without_length_is_no_diameter() -> None:
    point = replace(RV, end=RV.start)
    assert completed(Review(measures=(point,)), GEOMETRY, None).rv is None


@pytest.mark.parametrize(
    ("hu", "bolus"),
    [(211, BolusQuality.GOOD), (210, BolusQuality.LIMITED), (149, BolusQuality.POOR)],
)
def test_the_bolus_is_judged_by_published_limits(hu: float, bolus: BolusQuality) -> None:
    assert bolus_of(hu) is bolus
