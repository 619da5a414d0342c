"""Progress and cancel: what long work reports, and how it stops."""

import pytest

from pe_models.progress import Cancelled, CancelToken, Progress


@pytest.mark.parametrize(
    ("done", "total", "fraction"), [(0, 40, 0.0), (10, 40, 0.25), (41, 40, 1.0), (7, 0, 0.0)]
)
def test_the_fraction_stays_between_zero_and_one(done: int, total: int, fraction: float) -> None:
    assert Progress("slices", done, total).fraction == fraction


def test_a_token_raises_only_once_it_was_cancelled() -> None:
    token = CancelToken()
    token.raise_if_cancelled()
    assert not token.is_cancelled
    token.cancel()
    assert token.is_cancelled
    with pytest.raises(Cancelled):
        token.raise_if_cancelled()


def test_a_cancel_after_the_work_was_committed_comes_too_late() -> None:
    token = CancelToken()
    token.commit()
    token.cancel()
    token.raise_if_cancelled()
    assert not token.is_cancelled


def test_what_was_cancelled_is_not_committed() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        token.commit()
    assert token.is_cancelled


def test_a_cancel_is_no_error_that_a_boundary_shows() -> None:
    from pe_models.errors import PEError

    assert not issubclass(Cancelled, PEError)
