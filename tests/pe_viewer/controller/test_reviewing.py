"""Decisions on flags, each undoable; they never touch Findings."""

from pathlib import Path
from typing import TYPE_CHECKING

from pytestqt.qtbot import QtBot

from pe_models.imaging.window import Window
from pe_viewer.review import Decision, DecisionState, RejectionReason, Review

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt


def states(bench: "Bench") -> list[DecisionState]:
    snapshot = bench.state.snapshot
    return [snapshot.review.state_of(flag) for flag in snapshot.flags]


def test_return_accepts_the_flag_at_this_slice(analysed: "Bench") -> None:
    findings = analysed.state.snapshot.findings
    analysed.controller.navigation.go_to(8)
    analysed.controller.reviewing.decide("accepted")
    assert states(analysed) == [DecisionState.UNDECIDED, DecisionState.ACCEPTED]
    assert analysed.state.snapshot.findings is findings


def test_between_flags_a_decision_is_refused_with_the_key_to_the_next(analysed: "Bench") -> None:
    analysed.controller.navigation.go_to(6)
    analysed.controller.reviewing.decide("rejected")
    assert analysed.state.snapshot.review == Review()
    assert "go to the next one (N)" in analysed.state.snapshot.notice


def test_a_rejection_keeps_its_reason(analysed: "Bench") -> None:
    flag = analysed.state.snapshot.flags[0]
    decision = Decision.on_flag(flag, DecisionState.REJECTED, RejectionReason.VEIN)
    analysed.controller.reviewing.decide_on(decision)
    assert analysed.state.snapshot.review.decision_on(flag) == decision
    assert analysed.state.snapshot.notice == "Flag rejected: Vein"


def test_undo_and_redo_walk_through_every_decision(analysed: "Bench") -> None:
    reviewing, navigation = analysed.controller.reviewing, analysed.controller.navigation
    navigation.go_to(3)
    reviewing.decide("accepted")
    reviewing.decide("unsure")
    navigation.go_to(8)
    reviewing.decide("rejected")
    after = analysed.state.snapshot.review
    seen = []
    for _ in range(3):
        reviewing.undo()
        seen.append(states(analysed))
    undecided, unsure = DecisionState.UNDECIDED, DecisionState.UNSURE
    assert seen == [
        [unsure, undecided],
        [DecisionState.ACCEPTED, undecided],
        [undecided, undecided],
    ]
    for _ in range(3):
        reviewing.redo()
    assert analysed.state.snapshot.review == after


def test_undo_shows_the_slice_and_window_of_the_decision_again(analysed: "Bench") -> None:
    controller = analysed.controller
    controller.navigation.go_to(8)
    controller.reviewing.decide("accepted")
    controller.navigation.go_to(0)
    controller.appearance.set_window(Window(1500, -600))
    controller.reviewing.undo()
    assert analysed.state.snapshot.slice_index == 8
    assert analysed.state.snapshot.window == Window(700, 100)


def test_with_nothing_to_undo_or_redo_the_reader_is_told(analysed: "Bench") -> None:
    analysed.controller.reviewing.undo()
    assert analysed.state.snapshot.notice == "Nothing to undo"
    analysed.controller.reviewing.redo()
    assert analysed.state.snapshot.notice == "Nothing to redo"


def test_a_new_decision_ends_what_could_be_redone(analysed: "Bench") -> None:
    reviewing = analysed.controller.reviewing
    analysed.controller.navigation.go_to(8)
    reviewing.decide("accepted")
    reviewing.undo()
    reviewing.decide("unsure")
    reviewing.redo()
    assert analysed.state.snapshot.notice == "Nothing to redo"
    assert states(analysed)[1] is DecisionState.UNSURE


def test_decisions_come_back_with_their_series_and_never_show_on_another(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", series=1)
    write_ct(tmp_path / "ct", series=2)
    bench.open(tmp_path / "ct")
    bench.analyze()
    bench.controller.navigation.go_to(8)
    bench.controller.reviewing.decide("accepted")
    decided = bench.state.snapshot.review
    bench.controller.opening.step_series(1)
    assert bench.state.snapshot.review == Review()
    bench.controller.reviewing.undo()
    assert bench.state.snapshot.notice == "Nothing to undo"
    bench.controller.opening.step_series(-1)
    assert bench.state.snapshot.review == decided


def test_k_marks_a_key_image_and_takes_the_mark_away_and_both_are_undone(
    analysed: "Bench",
) -> None:
    reviewing = analysed.controller.reviewing
    analysed.controller.navigation.go_to(6)
    reviewing.toggle_key_slice()
    assert analysed.state.snapshot.review.key_slices == {6}
    reviewing.toggle_key_slice()
    assert analysed.state.snapshot.review.key_slices == frozenset()
    reviewing.undo()
    assert analysed.state.snapshot.review.key_slices == {6}
    reviewing.undo()
    assert analysed.state.snapshot.review == Review()


def test_a_rejection_asks_for_its_reason_and_is_made_with_it(
    analysed: "Bench", qtbot: QtBot
) -> None:
    reviewing = analysed.controller.reviewing
    analysed.controller.navigation.go_to(8)
    with qtbot.waitSignal(reviewing.reason_needed):
        reviewing.ask_for_reason()
    assert states(analysed)[1] is DecisionState.UNDECIDED, "a menu closed without a word"
    reviewing.reject(RejectionReason.NODE)
    decision = analysed.state.snapshot.review.decision_on(analysed.state.snapshot.flags[1])
    assert decision is not None
    assert (decision.state, decision.reason) == (DecisionState.REJECTED, RejectionReason.NODE)


def test_the_flag_that_the_reason_was_asked_for_is_rejected_wherever_the_slices_went(
    analysed: "Bench",
) -> None:
    controller = analysed.controller
    controller.navigation.go_to(8)
    controller.reviewing.ask_for_reason()
    controller.navigation.go_to(3)
    controller.reviewing.reject(RejectionReason.NODE)
    assert states(analysed) == [DecisionState.UNDECIDED, DecisionState.REJECTED]


def test_a_reason_that_comes_when_another_study_is_in_view_rejects_nothing(
    analysed: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "other", series=2, study_uid="1.2.826.0.1.9.2")
    analysed.controller.navigation.go_to(8)
    analysed.controller.reviewing.ask_for_reason()
    analysed.open(tmp_path / "other")
    analysed.analyze()
    analysed.controller.navigation.go_to(8)
    analysed.controller.reviewing.reject(RejectionReason.NODE)
    assert analysed.state.snapshot.review == Review()
    assert "nothing was rejected" in analysed.state.snapshot.notice


def test_between_flags_there_is_no_reason_to_ask_for(analysed: "Bench") -> None:
    analysed.controller.navigation.go_to(6)
    analysed.controller.reviewing.ask_for_reason()
    assert "go to the next one (N)" in analysed.state.snapshot.notice
    analysed.controller.reviewing.reject(RejectionReason.NODE)
    assert analysed.state.snapshot.review == Review()


def test_a_finding_of_ones_own_is_added_extended_and_removed_and_all_is_undone(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    """Without an analysis: a reader needs no model to find something."""
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    reviewing, navigation = bench.controller.reviewing, bench.controller.navigation
    reviewing.extend_added()
    assert "add one (Ins)" in bench.state.snapshot.notice
    navigation.go_to(5)
    reviewing.toggle_added()
    navigation.go_to(8)
    reviewing.extend_added()
    (own,) = bench.state.snapshot.review.added
    assert (own.first, own.peak, own.last, own.state) == (5, 5, 8, DecisionState.ADDED)
    navigation.go_to(6)
    reviewing.toggle_added()
    assert bench.state.snapshot.review == Review()
    reviewing.undo()
    assert bench.state.snapshot.review.added == (own,)
    reviewing.undo()
    reviewing.undo()
    assert bench.state.snapshot.review == Review()


def test_a_comment_outlives_another_decision_on_its_run(analysed: "Bench") -> None:
    reviewing, flag = analysed.controller.reviewing, analysed.state.snapshot.flags[1]
    undecided = Decision.on_flag(flag, DecisionState.UNDECIDED)
    reviewing.comment_on(undecided, "blurred by breathing")
    assert states(analysed)[1] is DecisionState.UNDECIDED
    reviewing.decide_on(Decision.on_flag(flag, DecisionState.UNSURE))
    decision = analysed.state.snapshot.review.decision_on(flag)
    assert decision is not None
    assert (decision.state, decision.comment) == (DecisionState.UNSURE, "blurred by breathing")
    reviewing.comment_on(decision, "")
    reviewing.undo()
    assert analysed.state.snapshot.review.decision_on(flag) == decision


def test_a_comment_taken_away_from_an_undecided_run_leaves_nothing(analysed: "Bench") -> None:
    reviewing, flag = analysed.controller.reviewing, analysed.state.snapshot.flags[1]
    reviewing.comment_on(Decision.on_flag(flag, DecisionState.UNDECIDED), "a vein?")
    commented = analysed.state.snapshot.review.decision_on(flag)
    assert commented is not None
    reviewing.comment_on(commented, "")
    assert analysed.state.snapshot.review == Review()
