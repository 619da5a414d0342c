"""In every cohort labels are as frequent, alone and together, as in the RSNA-STR table."""

import numpy as np
import pytest

from benchmarks.phantom_statistics.exams import (
    FREQUENCIES,
    DrawnExam,
    Frequency,
    draw_exams,
    sides_of,
)
from pe_models.phantom import FIRST_RESERVED_SEED
from pe_models.phantom.clot_plan import Wanted
from pe_models.phantom.spec import Level

N = 4000
COHORTS = (0, 100_000, FIRST_RESERVED_SEED)


@pytest.fixture(scope="module", params=COHORTS)
def cohort(request: pytest.FixtureRequest) -> list[DrawnExam]:
    return draw_exams(request.param, N)


@pytest.mark.parametrize("label", FREQUENCIES, ids=lambda label: label.name)
def test_a_label_is_as_frequent_as_in_the_rsna_table(
    cohort: list[DrawnExam], label: Frequency
) -> None:
    """Four standard errors of a share seen in so many exams, and one exam for rounding."""
    found = label.found(cohort)
    share = label.count / label.n
    error = np.sqrt(share * (1 - share) / found.n)
    assert found.n > 1000
    assert found.value == pytest.approx(share, abs=4 * error + 1 / found.n)


def test_sets_of_sides_are_every_positive_exam_of_the_table() -> None:
    """627 + 317 + 866 + 346 + 36 + 15 + 4 = 2211 (Colak et al. 2021)."""
    alone = {"right alone", "left alone", "right and left", "all three", "right and central",
             "left and central", "central alone"}  # fmt: skip
    assert sum(label.count for label in FREQUENCIES if label.name in alone) == 2211


def test_a_central_clot_sets_its_side_too() -> None:
    """A clot of the left main artery is central and left; a saddle is central alone."""
    assert sides_of((Wanted(Level.CENTRAL, "left"),)) == {"central", "left"}
    assert sides_of((Wanted(Level.CENTRAL, "central"),)) == {"central"}
    assert sides_of((Wanted(Level.LOBAR, "right"),)) == {"right"}
