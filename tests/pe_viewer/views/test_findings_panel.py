"""The findings panel: what the model says, what the reader says, and where the analysis stands."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from pe_models.findings import (
    ExamScore,
    Findings,
    Quality,
    QualityCode,
    QualityWarning,
    Verdict,
    Zone,
)
from pe_models.tasks import HEMORRHAGE
from pe_viewer.display.palette import PALETTE
from pe_viewer.review import Decision, DecisionState, RejectionReason, Review
from pe_viewer.state import Activity, ModelStatus, Phase, ReviewSnapshot, ReviewState
from pe_viewer.views.findings.added_row import AddedRow
from pe_viewer.views.findings.comment_line import CommentLine
from pe_viewer.views.findings.findings_panel import FindingsPanel
from pe_viewer.views.findings.flag_row import FlagRow
from pe_viewer.views.findings.reason_menu import ReasonMenu
from pe_viewer.views.findings.score_bars import ScoreBars, row_text
from pe_viewer.views.qimages import grey_image

Shown = Callable[..., Any]


def words(panel: FindingsPanel) -> list[str]:
    """All texts that are visible, from top to bottom."""
    labels = [label for label in panel.findChildren(QLabel) if label.isVisible() and label.text()]
    return [label.text() for label in labels]


def rows(panel: FindingsPanel) -> list[FlagRow]:
    return sorted(panel.findChildren(FlagRow), key=lambda row: row.y())


def panel_of(shown: Shown, snapshot: ReviewSnapshot) -> FindingsPanel:
    panel = shown(FindingsPanel(ReviewState(snapshot)), 320, 800)
    assert isinstance(panel, FindingsPanel)
    return panel


def test_before_the_analysis_the_panel_names_the_key(opened: ReviewSnapshot, shown: Shown) -> None:
    panel = panel_of(shown, opened)
    assert "Not analysed" in words(panel)
    assert any("Ctrl+R" in text for text in words(panel))


def test_the_tip_of_a_flags_comment_names_the_key_that_there_is_now(
    analysed: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(analysed)
    panel = shown(FindingsPanel(state), 320, 800)

    def tips() -> set[str]:
        buttons = panel.findChildren(QToolButton)
        return {b.toolTip() for b in buttons if b.accessibleName() == "Comment"}

    assert tips() == {"Comment (Shift+C)"}
    state.update(keymap=analysed.keymap.with_keys([("comment", ("F9",))]))
    assert tips() == {"Comment (F9)"}
    state.update(keymap=analysed.keymap.with_keys([("comment", ())]))
    assert tips() == {"Comment"}


def test_a_flag_says_below_its_slices_where_it_is_and_however_long_widens_nothing(
    analysed: ReviewSnapshot, shown: Shown
) -> None:
    def panel_where(sides: tuple[str, ...]) -> FindingsPanel:
        flags = tuple(replace(flag, sides=sides) for flag in analysed.flags)
        return panel_of(shown, replace(analysed, findings=replace(analysed.findings, flags=flags)))

    before, panel = panel_where(()), panel_where(("right", "central", "left"))
    assert not any(row.where.isVisible() for row in rows(before))
    assert {row.where.text() for row in rows(panel)} == {"right, central, left"}
    assert all("right, central, left" in row.accessibleName() for row in rows(panel))
    assert panel.minimumSizeHint().width() == before.minimumSizeHint().width()


@pytest.mark.parametrize("reason", RejectionReason)
def test_no_reason_pushes_the_buttons_out_of_the_panel(
    analysed: ReviewSnapshot, shown: Shown, reason: RejectionReason
) -> None:
    rejected = Decision.on_flag(analysed.flags[0], DecisionState.REJECTED, reason)
    review = Review().with_decision(rejected)
    panel = panel_of(shown, replace(analysed, review=review))
    plain = panel_of(shown, analysed)
    assert panel.minimumSizeHint().width() == plain.minimumSizeHint().width()
    for button in panel.findChildren(QToolButton):
        right = button.mapTo(panel, button.rect().topRight()).x()
        assert right < panel.width(), button.accessibleName()


def test_the_button_asks_for_an_analysis(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    panel = panel_of(shown, opened)
    button = panel.findChild(QPushButton)
    assert button is not None
    with qtbot.waitSignal(panel.analysis_requested):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_while_it_runs_the_panel_says_how_far_it_is(opened: ReviewSnapshot, shown: Shown) -> None:
    running = Activity(Phase.RUNNING, "Analysing", 0.41, seconds_left=12.0)
    panel = panel_of(shown, replace(opened, analysis=running))
    assert "Analysing · 41 % · 12 s left" in words(panel)
    assert not any(button.isVisible() for button in panel.findChildren(QPushButton))


def test_a_failed_analysis_says_what_why_and_offers_another_try(
    opened: ReviewSnapshot, shown: Shown
) -> None:
    failed = Activity(Phase.FAILED, message="The memory is full. Close other programs.")
    panel = panel_of(shown, replace(opened, analysis=failed))
    assert "The memory is full. Close other programs." in words(panel)
    button = panel.findChild(QPushButton)
    assert button is not None
    assert button.text() == "Try again"


def test_without_a_model_the_reason_is_shown(opened: ReviewSnapshot, shown: Shown) -> None:
    missing = ModelStatus(message="The bundle was changed on disk.")
    assert "The bundle was changed on disk." in words(
        panel_of(shown, replace(opened, model=missing))
    )


def test_a_positive_verdict_stands_with_its_zone_and_what_a_score_is(
    analysed: ReviewSnapshot, shown: Shown
) -> None:
    said = words(panel_of(shown, analysed))
    assert said[0] == "Model: flagged 0.94"
    assert "Model score (trained on phantoms), positive zone" in said[1]
    assert "2 flagged runs" in said


def test_a_negative_verdict_is_calm_and_says_what_was_looked_at(
    analysed: ReviewSnapshot, findings: Findings, shown: Shown
) -> None:
    quiet = tuple(replace(s, pe_score=0.03) for s in findings.slices)
    negative = replace(
        findings, verdict=Verdict.NEGATIVE, zone=Zone.NEGATIVE, flags=(), slices=quiet
    )
    said = words(panel_of(shown, replace(analysed, findings=negative)))
    assert said[0] == "Model: nothing flagged"
    assert any("Looked at all 12 slices, 36 mm" in text for text in said)
    assert "No flagged runs" in said


def test_an_indeterminate_verdict_gives_every_reason(
    analysed: ReviewSnapshot, findings: Findings, shown: Shown
) -> None:
    quality = Quality(96.0, (QualityWarning(QualityCode.NOT_OPACIFIED, "Trunk at 96 HU."),))
    unclear = replace(findings, verdict=Verdict.INDETERMINATE, quality=quality, flags=())
    said = words(panel_of(shown, replace(analysed, findings=unclear)))
    assert said[0] == "Model: cannot say"
    assert said[1] == "Pulmonary arteries not opacified\nTrunk at 96 HU."


def test_words_of_one_study_do_not_stay_with_the_next(
    analysed: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(analysed)
    panel = shown(FindingsPanel(state), 320, 800)
    state.update(findings=None, heatmaps=())
    said = words(panel)
    assert said == ["Not analysed", "Ctrl+R lets the model look at this series."]
    assert rows(panel) == [] or not any(row.isVisible() for row in rows(panel))


def test_runs_are_listed_from_the_head_to_the_feet(analysed: ReviewSnapshot, shown: Shown) -> None:
    names = [row.accessibleName() for row in rows(panel_of(shown, analysed))]
    assert names == [
        "Flagged run 1   Im 3–4, right, model score 0.94",
        "Flagged run 2   Im 8–10, left, model score 0.70",
    ]


def test_the_pictures_come_when_the_slices_of_known_findings_have_come(
    analysed: ReviewSnapshot, shown: Shown
) -> None:
    state = ReviewState(replace(analysed, pixels=None, volume=None))
    panel = shown(FindingsPanel(state), 320, 800)
    before = [row.grab().toImage() for row in rows(panel)]
    state.update(pixels=analysed.pixels, volume=analysed.volume)
    after = [row.grab().toImage() for row in rows(panel)]
    assert len(after) == 2
    assert all(ours != theirs for ours, theirs in zip(before, after, strict=True))


def test_the_picture_of_a_flag_has_all_the_pixels_of_a_dense_screen(
    analysed: ReviewSnapshot, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    class DenseRow(FlagRow):
        def devicePixelRatioF(self) -> float:
            return 1.5

    row = shown(DenseRow(ReviewState(analysed), analysed.flags[0], "Im 8–10", None), 320, 80)
    given: list[QPixmap] = []  # a label gives it back as its own screen shows it
    monkeypatch.setattr(row._picture, "setPixmap", given.append)
    row.show_picture(grey_image(np.zeros((120, 200), dtype=np.uint8)))
    (pixmap,) = given
    assert pixmap.devicePixelRatio() == 1.5
    assert pixmap.size().toTuple() == (84, 84)  # 56 px, one and a half times as dense


def test_a_click_on_a_run_asks_for_its_place_in_the_findings(
    analysed: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    panel = panel_of(shown, analysed)
    asked: list[int] = []
    panel.flag_requested.connect(asked.append)
    for row in rows(panel):
        qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert asked == [1, 0]


def test_accept_and_unsure_ask_for_a_decision_on_that_run(
    analysed: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    panel = panel_of(shown, analysed)
    flag = analysed.flags[1]
    for tip, state in (("Accept", DecisionState.ACCEPTED), ("Unsure", DecisionState.UNSURE)):
        with qtbot.waitSignal(panel.decision_requested) as asked:
            qtbot.mouseClick(button_of(rows(panel)[0], tip), Qt.MouseButton.LeftButton)
        assert asked.args == [Decision.on_flag(flag, state)]


@pytest.mark.parametrize("reason", RejectionReason)
def test_rejecting_takes_a_reason_from_the_list(
    analysed: ReviewSnapshot, shown: Shown, qtbot: QtBot, reason: RejectionReason
) -> None:
    panel = panel_of(shown, analysed)
    menu = button_of(rows(panel)[0], "Reject").menu()
    with qtbot.waitSignal(panel.decision_requested) as asked:
        menu.actions()[list(RejectionReason).index(reason)].trigger()
    rejected = Decision.on_flag(analysed.flags[1], DecisionState.REJECTED, reason)
    assert asked.args == [rejected]


def test_a_second_click_takes_the_decision_back(
    analysed: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    accepted = Decision.on_flag(analysed.flags[1], DecisionState.ACCEPTED)
    panel = panel_of(shown, replace(analysed, review=Review((accepted,))))
    with qtbot.waitSignal(panel.decision_requested) as asked:
        qtbot.mouseClick(button_of(rows(panel)[0], "Accept"), Qt.MouseButton.LeftButton)
    assert asked.args[0].state is DecisionState.UNDECIDED


def test_the_readers_word_follows_the_review(analysed: ReviewSnapshot, shown: Shown) -> None:
    state = ReviewState(analysed)
    panel = shown(FindingsPanel(state), 320, 800)
    rejected = Decision.on_flag(analysed.flags[1], DecisionState.REJECTED, RejectionReason.VEIN)
    state.update(review=Review((rejected,)))
    assert "rejected: Vein" in words(panel)
    assert button_of(rows(panel)[0], "Reject").isChecked()
    state.update(review=Review())
    assert "rejected: Vein" not in words(panel)
    assert not button_of(rows(panel)[0], "Reject").isChecked()


def test_a_button_shows_the_decision_and_not_the_click(
    analysed: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    """Where the request changes nothing, the button must not stay pressed."""
    panel = panel_of(shown, analysed)
    button = button_of(rows(panel)[0], "Accept")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not button.isChecked()


def test_the_run_of_the_current_slice_is_marked(analysed: ReviewSnapshot, shown: Shown) -> None:
    state = ReviewState(replace(analysed, slice_index=9))
    panel = shown(FindingsPanel(state), 320, 800)
    assert [row.property("kind") for row in rows(panel)] == ["row-current", "row"]
    state.update(slice_index=3)
    assert [row.property("kind") for row in rows(panel)] == ["row", "row-current"]


def test_a_row_of_scores_tells_all_three_apart() -> None:
    assert row_text("rightsided_pe", ExamScore(0.88, 0.79, 1.0)) == (
        "Right: raw 0.88, calibrated 0.79, consistent 1.00"
    )


def test_labels_with_one_score_each_have_plain_bars_without_a_legend(shown: Shown) -> None:
    one, three = ExamScore(0.9, 0.9, 0.9), ExamScore(0.88, 0.79, 1.0)
    assert row_text("subdural", one) == "Subdural: 0.90"
    plain, apart = ScoreBars(), ScoreBars()
    plain.show_exam({"subdural": one})
    apart.show_exam({"rightsided_pe": three})
    assert plain.height() < apart.height()
    image = shown(plain, 280, plain.height()).grab().toImage()
    assert image.pixelColor(130, plain.height() // 2).name().upper() == PALETTE.model


def test_the_panel_names_the_likeliest_kind_and_why_the_task_was_taken(
    analysed: ReviewSnapshot, findings: Findings, shown: Shown
) -> None:
    exam = {label: ExamScore(0.1, 0.1, 0.1) for label in HEMORRHAGE.labels}
    exam |= {"subdural": ExamScore(0.9, 0.9, 0.9), "any": ExamScore(0.95, 0.95, 0.95)}
    said = replace(findings, task="hemorrhage", exam=exam, verdict=None, zone=None,
                   task_reason="Its slices show a brain.")  # fmt: skip
    panel = panel_of(shown, replace(analysed, findings=said))
    assert "Most likely: Subdural" in words(panel)
    assert any("Intracranial hemorrhage: Its slices show a brain." in t for t in words(panel))


def button_of(row: FlagRow, tip: str) -> QToolButton:
    return next(b for b in row.findChildren(QToolButton) if b.toolTip().startswith(tip))


def test_the_readers_own_findings_are_listed_from_the_head_without_an_analysis_too(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    own = Decision.added(3).reaching(5), Decision.added(9)
    review = Review().with_decision(own[0]).with_decision(own[1])
    panel = panel_of(shown, replace(opened, review=review))
    said = words(panel)
    assert said[-3:] == ["2 findings of yours", "+  Im 3", "+  Im 7–9"]
    first, second = sorted(panel.findChildren(AddedRow), key=lambda row: row.y())
    with qtbot.waitSignal(panel.slice_requested) as asked:
        qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    assert asked.args == [3]
    bin_button = first.findChildren(QToolButton)[-1]
    with qtbot.waitSignal(panel.removal_requested) as removed:
        qtbot.mouseClick(bin_button, Qt.MouseButton.LeftButton)
    assert removed.args == [own[1]]


def test_the_same_run_of_another_series_is_named_by_its_own_slices(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    assert opened.series is not None
    state = ReviewState(replace(opened, review=Review((Decision.added(3),))))
    panel = shown(FindingsPanel(state), 320, 800)
    assert "+  Im 9" in words(panel)
    slices = tuple(
        replace(s, instance_number=s.instance_number + 100) for s in opened.series.slices
    )
    state.update(series=replace(opened.series, series_uid="1.1.2", slices=slices))
    qtbot.waitUntil(lambda: "+  Im 109" in words(panel))
    assert "+  Im 9" not in words(panel)


def test_a_comment_half_typed_when_the_series_changes_is_asked_for_in_no_other(
    opened: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    state = ReviewState(replace(opened, review=Review((Decision.added(5),))))
    panel = shown(FindingsPanel(state), 320, 800)
    panel.edit_comment()
    qtbot.keyClicks(next(e for e in panel.findChildren(QLineEdit) if e.isVisible()), "of A")
    with qtbot.assertNotEmitted(panel.comment_requested, wait=50):
        state.update(series=replace(opened.series, series_uid="1.1.2"), review=Review())


@pytest.mark.parametrize(
    ("reason", "keeps", "stays"),
    [
        (Qt.FocusReason.MouseFocusReason, True, False),
        (Qt.FocusReason.ActiveWindowFocusReason, True, True),
        (Qt.FocusReason.PopupFocusReason, False, True),
    ],
)
def test_a_comment_outlives_a_look_into_another_window_and_its_own_menu(
    shown: Shown, reason: Qt.FocusReason, keeps: bool, stays: bool
) -> None:
    line, kept = shown(CommentLine(), 300, 60), []
    line.comment_changed.connect(kept.append)
    line.edit()
    edit = line.findChild(QLineEdit)
    edit.setText("copied")
    for _ in range(2):  # nothing new: nothing more to keep
        QApplication.sendEvent(edit, QFocusEvent(QFocusEvent.Type.FocusOut, reason))
        line.show_comment("".join(kept))
    assert kept == (["copied"] if keeps else [])
    assert edit.isVisible() is stays


def test_a_comment_is_typed_in_its_row_and_esc_keeps_the_old_one(
    analysed: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    flag = analysed.flags[1]
    review = Review().with_comment(Decision.on_flag(flag, DecisionState.UNSURE), "old")
    panel = panel_of(shown, replace(analysed, review=review, slice_index=flag.peak))
    assert "old" in words(panel)
    panel.edit_comment()
    line = next(line for line in panel.findChildren(QLineEdit) if line.isVisible())
    qtbot.keyClicks(line, "new")
    with qtbot.assertNotEmitted(panel.comment_requested):
        qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert "old" in words(panel)
    panel.edit_comment()
    qtbot.keyClicks(line, "n?b")
    with qtbot.waitSignal(panel.comment_requested) as asked:
        qtbot.keyClick(line, Qt.Key.Key_Return)
    assert asked.args == [review.decisions[0], "n?b"]


def test_the_menu_of_reasons_has_them_all_by_number(analysed: ReviewSnapshot, shown: Shown) -> None:
    menu = ReasonMenu()
    asked: list[RejectionReason] = []
    menu.reason_chosen.connect(asked.append)
    for action in menu.actions():
        action.trigger()
    assert asked == list(RejectionReason)
    assert menu.actions()[0].text() == "&1  Vein"


def test_decisions_on_runs_of_another_bundle_are_listed_and_can_be_removed(
    analysed: ReviewSnapshot, shown: Shown, qtbot: QtBot
) -> None:
    on_flag = Decision.on_flag(analysed.flags[0], DecisionState.ACCEPTED)
    before = Decision(0, 0, 1, DecisionState.REJECTED, RejectionReason.VEIN, "azygos")
    review = Review().with_decision(on_flag).with_decision(before)
    panel = panel_of(shown, replace(analysed, review=review))
    assert "Decided on 1 run of another bundle" in words(panel)
    assert "azygos" in words(panel)
    said = next(text for text in words(panel) if "rejected, vein" in text)
    row = next(w for w in panel.findChildren(QLabel) if w.text() == said).parentWidget()
    with qtbot.waitSignal(panel.removal_requested) as removed:
        qtbot.mouseClick(row.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert removed.args == [before]
    panel._state.update(review=review.without(before))
    assert not any("another bundle" in text for text in words(panel))


def test_while_the_model_may_not_be_seen_no_run_of_its_is_named(
    analysed: ReviewSnapshot, shown: Shown
) -> None:
    review = Review().with_decision(Decision(0, 0, 1, DecisionState.ACCEPTED))
    panel = panel_of(shown, replace(analysed, review=review, findings=None, withholds_model=True))
    assert not any("another bundle" in text for text in words(panel))
