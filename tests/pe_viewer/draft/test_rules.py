"""The consistency check: a sound report passes, and every rule finds the error seeded for it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from pe_models.findings import Findings, Flag, Quality, QualityCode, QualityWarning
from pe_viewer.display.coverage import Coverage
from pe_viewer.draft.rules import RULES, Draft, Severity, check, unresolved
from pe_viewer.form.answers import (
    Acuity,
    BolusQuality,
    Degree,
    Incidental,
    Level,
    Presence,
    Septum,
    Sign,
)
from pe_viewer.form.ctpa_form import CtpaForm, Diameter, Override
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.review import Decision, DecisionState, Review

MakeDraft = Callable[..., Draft]
A, P = ArterialSite, Presence

_SMALL = {
    "sites": {A.LEFT_A9: Occlusion.SUBSEGMENTAL},
    "level": Level.SUBSEGMENTAL,
}

OF_POSITIVE: Mapping[str, Mapping[str, object]] = {
    "unanswered": {"presence": None},
    "absent-with-sites": {"presence": P.ABSENT},
    "absent-with-accepted": {"presence": P.ABSENT, "sites": {}},
    "absent-with-details": {"presence": P.ABSENT},
    "present-without-sites": {"sites": {}, "level": None},
    "present-without-age": {"acuity": None},
    "indeterminate-with-sites": {"presence": P.INDETERMINATE},
    "level-against-sites": {"level": Level.CENTRAL},
    "side-of-flags": {"sites": {A.LEFT_A9: Occlusion.COMPLETE}, "level": Level.SEGMENTAL},
    "chronic-signs-of-acute": {"signs": frozenset({Sign.WEBS})},
    "acute-signs-of-chronic": {"acuity": Acuity.CHRONIC},
    "trunk-closed": {"sites": {A.TRUNK: Occlusion.COMPLETE}, "level": Level.CENTRAL},
    "impression-empty": {"impression": "  "},
    "impression-denies": {"impression": "No evidence of acute pulmonary embolism."},
    "impression-silent": {"impression": "Normal heart size."},
    "impression-side": {"impression": "Acute right lobar pulmonary embolism."},
    "impression-level": {"impression": "Bilateral central pulmonary embolism."},
    "impression-age": {"impression": "Chronic pulmonary embolism, bilateral."},
    "impression-strain": {"impression": "Acute pulmonary embolism without right heart strain."},
    "impression-ratio": {"impression": "Acute pulmonary embolism. RV/LV 0.9."},
    "ratio-without-strain": {
        "rv": Diameter(52.0, 6),
        "strain": P.ABSENT,
        "septum": Septum.NORMAL,
    },
    "septum-without-strain": {"rv": Diameter(30.0, 6), "strain": P.ABSENT},
    "strain-without-signs": {"rv": Diameter(30.0, 6), "septum": Septum.NORMAL},
    "one-ventricle": {"lv": None},
    "implausible-ventricle": {"lv": Diameter(9.0, 7)},
    "implausible-trunk": {"trunk": Diameter(90.0, 12)},
    "burden-without-heart": {
        "sites": {A.TRUNK: Occlusion.PARTIAL},
        "level": Level.CENTRAL,
        "strain": None,
    },
    "embolism-without-ratio": {"rv": None, "lv": None},
    "bolus-against-hu": {"bolus": BolusQuality.POOR},
    "solitary-in-artefact": {**_SMALL, "motion": Degree.MILD},
    "solitary-subsegmental": {**_SMALL, "motion": None},
    "incidental-without-words": {"incidental": {Incidental.NODULE: ""}},
    "impression-incidental": {
        "incidental": {Incidental.NODULE: "7 mm in the right upper lobe"},
        "impression": "Acute pulmonary embolism, bilateral.",
    },
}
"""What is changed in the sound positive form so that a rule must speak."""

OF_NEGATIVE: Mapping[str, Mapping[str, object]] = {
    "present-without-evidence": {"presence": P.PRESENT},
    "indeterminate-without-reason": {"presence": P.INDETERMINATE},
    "infarct-without-embolism": {"infarct": P.PRESENT},
    "impression-affirms": {"impression": "Segmental embolus in the left lower lobe."},
    "impression-more-certain": {
        "presence": P.INDETERMINATE,
        "motion": Degree.SEVERE,
        "impression": "No pulmonary embolism.",
    },
    "negative-in-poor-bolus": {"bolus": BolusQuality.POOR, "bolus_hu": 110.0},
    "negative-in-severe-artefact": {"motion": Degree.SEVERE},
}


def _ids(draft: Draft) -> set[str]:
    return {breach.rule_id for breach in check(draft)}


def test_sound_reports_pass_every_rule(positive: MakeDraft, negative: MakeDraft) -> None:
    assert check(positive()) == ()
    assert check(negative()) == ()


@pytest.mark.parametrize("rule_id", OF_POSITIVE)
def test_an_error_seeded_in_a_positive_report_is_found(rule_id: str, positive: MakeDraft) -> None:
    assert rule_id in _ids(positive(**OF_POSITIVE[rule_id]))


@pytest.mark.parametrize("rule_id", OF_NEGATIVE)
def test_an_error_seeded_in_a_negative_report_is_found(rule_id: str, negative: MakeDraft) -> None:
    assert rule_id in _ids(negative(**OF_NEGATIVE[rule_id]))


def test_a_negative_report_with_an_unsure_flag_is_found(negative: MakeDraft) -> None:
    draft = negative()
    first, *others = draft.review.decisions
    unsure = Review((replace(first, state=DecisionState.UNSURE, reason=None), *others))
    assert _ids(replace(draft, review=unsure)) == {"absent-with-unsure"}


def test_a_negative_report_where_pixels_leave_it_open_is_found(
    negative: MakeDraft, findings: Findings
) -> None:
    gap = QualityWarning(QualityCode.GAP, "Slices are not evenly spaced.")
    doubtful = replace(findings, quality=Quality(320.0, (gap,)))
    draft = replace(negative(), findings=doubtful)
    assert _ids(draft) == {"negative-in-measured-doubt"}
    (breach,) = check(draft)
    assert gap.message in breach.words
    limited = replace(negative(limitations="A gap at the bases"), findings=doubtful)
    assert _ids(limited) == set()


def test_flags_that_were_not_visited_or_decided_are_counted(positive: MakeDraft) -> None:
    unvisited = Coverage(20, 20, (Flag(2, 3, 4, 0.7),))
    assert _ids(replace(positive(), coverage=unvisited)) == {"flags-unvisited"}
    draft = positive()
    one_decided = Review(draft.review.decisions[:1])
    (breach,) = check(replace(draft, review=one_decided))
    assert breach.rule_id == "flags-undecided"
    assert breach.words == "1 flagged run is not decided upon."


def test_slices_never_on_screen_are_counted(negative: MakeDraft) -> None:
    (breach,) = check(replace(negative(), coverage=Coverage(12, 20)))
    assert breach.rule_id == "slices-unviewed"
    assert breach.words == "8 slices were never on screen (60 % viewed)."


def test_ventricles_measured_far_apart_are_found(positive: MakeDraft, findings: Findings) -> None:
    thick = replace(findings, spacing_mm=(5.0, 0.7, 0.8))
    far = positive(rv=Diameter(44.0, 2), lv=Diameter(40.0, 15))
    assert _ids(replace(far, findings=thick)) == {"ventricles-far-apart"}


def test_findings_of_the_first_read_taken_back_are_told(negative: MakeDraft) -> None:
    draft = negative()
    locked = replace(draft.review, first_read=(Decision.added(5),))
    assert _ids(replace(draft, review=locked)) == {"first-read-withdrawn"}


def test_every_rule_has_its_seeded_error() -> None:
    of_reading = {
        "absent-with-unsure",
        "negative-in-measured-doubt",
        "flags-unvisited",
        "flags-undecided",
        "slices-unviewed",
        "ventricles-far-apart",
        "first-read-withdrawn",
    }
    ids = [rule.id for rule in RULES]
    assert set(ids) == {*OF_POSITIVE, *OF_NEGATIVE, *of_reading}
    assert len(ids) == len(set(ids)) >= 20


def test_contradictions_come_first_and_every_rule_speaks_a_sentence(positive: MakeDraft) -> None:
    broken = check(positive(presence=P.ABSENT, infarct=P.PRESENT, lv=None))
    order = [list(Severity).index(breach.severity) for breach in broken]
    assert order == sorted(order)
    assert all(breach.words[-1] in ".?" for breach in broken)


def test_a_reason_resolves_just_what_it_was_given_for(positive: MakeDraft) -> None:
    draft = positive(lv=None)
    (breach,) = unresolved(draft)
    reason = Override(breach.rule_id, breach.words, "LV cut off by the field of view")
    assert unresolved(positive(lv=None, overrides=(reason,))) == ()
    assert len(unresolved(positive(rv=None, overrides=(reason,)))) == 1


def test_a_reason_against_what_is_left_stands_while_it_becomes_less(negative: MakeDraft) -> None:
    reason = Override("slices-unviewed", "8 slices were never on screen (60 % viewed).", "abdomen")
    draft = negative(overrides=(reason,))
    assert unresolved(replace(draft, coverage=Coverage(15, 20))) == ()


def test_notes_need_no_reason(positive: MakeDraft) -> None:
    draft = positive(acuity=None)
    assert [breach.severity for breach in check(draft)] == [Severity.NOTE]
    assert unresolved(draft) == ()


def test_an_empty_form_is_checked_without_findings() -> None:
    draft = Draft(CtpaForm(), Review(), None, Coverage(0, 0))
    assert _ids(draft) == {"unanswered", "impression-empty"}


def test_the_composed_impression_never_contradicts_its_form(
    positive: MakeDraft, negative: MakeDraft
) -> None:
    for draft in (positive(), negative()):
        retyped = replace(draft, form=replace(draft.form, impression=draft.impression))
        assert check(retyped) == ()
