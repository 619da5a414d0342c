"""How often exams are positive, poor, spoilt or unreadable: as often as in the RSNA-STR table."""

import numpy as np
import pytest

from pe_models.phantom.exam import POSITIVE_FRACTION, Exam
from pe_models.phantom.mimics import draw_mimics
from pe_models.phantom.spec import Level, Mimic, PhantomSpec

N = 6000
N_EXAMS = 7279
N_WITHOUT_PE = 4911 + 157


@pytest.fixture(scope="module")
def exams() -> list[Exam]:
    return [Exam.draw(seed, PhantomSpec(), draw_mimics(seed, None)) for seed in range(N)]


def _error(share: float, n: int) -> float:
    """Four standard errors of a share seen in ``n`` draws."""
    return 4.0 * float(np.sqrt(share * (1.0 - share) / n))


def test_two_in_five_exams_are_positive(exams: list[Exam]) -> None:
    found = np.mean([exam.is_positive for exam in exams])
    assert found == pytest.approx(POSITIVE_FRACTION, abs=_error(POSITIVE_FRACTION, N))


@pytest.mark.parametrize(("label", "count"), [("has_poor_bolus", 122), ("is_indeterminate", 157)])
def test_exams_without_emboli_are_unreadable_as_often_as_in_the_rsna_table(
    exams: list[Exam], label: str, count: int
) -> None:
    without = [exam for exam in exams if not exam.is_positive]
    share = count / N_WITHOUT_PE
    found = np.mean([getattr(exam, label) for exam in without])
    assert found == pytest.approx(share, abs=_error(share, len(without)))


def test_no_exam_with_emboli_is_unreadable(exams: list[Exam]) -> None:
    assert not any(e.is_indeterminate or e.has_poor_bolus for e in exams if e.is_positive)


def test_motion_spoils_most_exams_without_emboli_and_no_others() -> None:
    moved = frozenset({Mimic.MOTION})
    negative, positive = PhantomSpec(is_positive=False), PhantomSpec(is_positive=True)
    spoilt = np.mean([Exam.draw(s, negative, moved).is_indeterminate for s in range(500)])
    assert spoilt == pytest.approx(35 / 44, abs=_error(35 / 44, 500) + 122 / N_WITHOUT_PE)
    assert not any(Exam.draw(s, positive, moved).is_indeterminate for s in range(100))


def test_arteries_asked_for_are_no_poor_bolus() -> None:
    asked = PhantomSpec(is_positive=False, artery_hu=400.0)
    assert not any(Exam.draw(seed, asked, frozenset()).has_poor_bolus for seed in range(500))


def test_levels_asked_for_are_the_plan_of_a_positive_exam() -> None:
    asked = PhantomSpec(is_positive=True, levels=(Level.LOBAR, Level.SEGMENTAL))
    plan = Exam.draw(3, asked, frozenset()).plan
    assert [wanted.level for wanted in plan] == [Level.LOBAR, Level.SEGMENTAL]


@pytest.mark.parametrize(
    ("mimic", "count"),
    [(Mimic.FLOW_ARTIFACT, 295), (Mimic.MOTION, 63), (Mimic.FILLING_DEFECT, 57)],
)
def test_what_lowers_quality_is_as_frequent_as_in_the_rsna_table(mimic: Mimic, count: int) -> None:
    share = count / N_EXAMS
    found = np.mean([mimic in draw_mimics(seed, None) for seed in range(N)])
    assert found == pytest.approx(share, abs=_error(share, N))
