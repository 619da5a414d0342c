"""Both states: one signal for each change, and everyone hears the changes in their order."""

import pytest

from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.training_state import TrainingSnapshot, TrainingState

Snapshot = ReviewSnapshot | TrainingSnapshot
States = ReviewState | TrainingState


@pytest.fixture(params=[ReviewState, TrainingState])
def state(request: pytest.FixtureRequest) -> States:
    made: States = request.param()
    return made


def test_a_change_is_told_once_and_an_equal_value_never(state: States) -> None:
    heard: list[tuple[str, str]] = []
    state.changed.connect(lambda old, new: heard.append((old.notice, new.notice)))
    state.update(notice="one")
    state.update(notice="one")
    assert heard == [("", "one")]


def test_a_change_made_while_one_is_told_waits_until_all_have_heard_the_first(
    state: States,
) -> None:
    """Otherwise a view that is told late draws the older snapshot last."""
    heard: list[tuple[str, str]] = []

    def answer(_: Snapshot, new: Snapshot) -> None:
        if new.notice == "one":
            state.update(notice="two")

    state.changed.connect(answer)
    state.changed.connect(lambda old, new: heard.append((old.notice, new.notice)))
    state.update(notice="one")
    assert heard == [("", "one"), ("one", "two")]


def test_the_snapshot_is_the_newest_at_once(state: States) -> None:
    seen: list[str] = []

    def answer(_: Snapshot, new: Snapshot) -> None:
        if new.notice == "one":
            state.update(notice="two")
            seen.append(state.snapshot.notice)

    state.changed.connect(answer)
    state.update(notice="one")
    assert seen == ["two"]


def test_a_field_that_does_not_exist_is_refused(state: States) -> None:
    with pytest.raises(TypeError, match="notize"):
        state.update(notize="one")
