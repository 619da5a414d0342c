"""The report's form: what it shows of a draft, what it asks for, and what it never carries over."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from pe_models.findings import ExamScore, Findings
from pe_models.imaging.volume import LoadedSlices
from pe_models.tasks import HEMORRHAGE
from pe_viewer.draft.rules import Breach
from pe_viewer.form.answers import Acuity, Incidental, Presence, Sign
from pe_viewer.form.ctpa_form import CtpaForm, Diameter, Override
from pe_viewer.form.sign_off import Addendum, SignOff
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.review import Decision, DecisionState, Length, Review, Structure
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.report.panel import ReportPanel
from pe_viewer.views.report.tree_view import TreeView

Shown = Callable[..., Any]
Asked = list[tuple[Any, ...]]

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def state(opened: ReviewSnapshot) -> ReviewState:
    """A study in view with the report beside it, every slice viewed."""
    viewed = LoadedSlices.all_of(opened.n_slices)
    return ReviewState(replace(opened, shows_report=True, viewed=viewed))


@pytest.fixture
def panel(state: ReviewState, shown: Shown) -> ReportPanel:
    made: ReportPanel = shown(ReportPanel(state), 440, 2600)
    return made


@pytest.fixture
def asked(panel: ReportPanel) -> Asked:
    """Every request of the panel, as (name, arguments ...)."""
    requests: Asked = []
    for name in (
        "form_requested", "tool_requested", "takeover_requested",
        "override_requested", "signing_requested", "addendum_requested",
    ):  # fmt: skip
        getattr(panel, name).connect(
            lambda *given, name=name: requests.append((name.removesuffix("_requested"), *given))
        )
    return requests


def named(panel: ReportPanel, kind: type[Any], name: str) -> Any:
    """The one visible part of a kind with an accessible name, or a text, that begins so."""
    QCoreApplication.sendPostedEvents()  # a layout shows what is new only then
    (found,) = [
        part
        for part in panel.findChildren(kind)
        if part.isVisibleTo(panel)
        and (part.accessibleName() or getattr(part, "text", str)()).startswith(name)
    ]
    return found


def button(panel: ReportPanel, name: str) -> Any:
    return named(panel, QToolButton, name)


def with_form(state: ReviewState, **fields: Any) -> None:
    state.update(review=replace(state.snapshot.review, form=CtpaForm(**fields)))


def signed(review: Review) -> Review:
    sign_off = SignOff("Dr. Weiß", datetime(2026, 11, 21, 14, 30, tzinfo=UTC), 12, 12)
    return replace(review, form=CtpaForm(presence=Presence.ABSENT), sign_off=sign_off)


def test_a_click_answers_and_a_second_one_takes_the_answer_back(
    panel: ReportPanel, state: ReviewState, asked: Asked, qtbot: QtBot
) -> None:
    qtbot.mouseClick(button(panel, "Embolism: absent"), LEFT)
    assert asked == [("form", CtpaForm(presence=Presence.ABSENT))]
    assert not button(panel, "Embolism: absent").isChecked(), "the panel shows state, not clicks"
    with_form(state, presence=Presence.ABSENT)
    assert button(panel, "Embolism: absent").isChecked()
    qtbot.mouseClick(button(panel, "Embolism: absent"), LEFT)
    assert asked[-1] == ("form", CtpaForm())


def test_a_known_answer_says_where_it_comes_from_and_a_click_enters_it(
    panel: ReportPanel, state: ReviewState, asked: Asked, qtbot: QtBot
) -> None:
    state.update(review=Review((Decision(3, 3, 3, DecisionState.ADDED),)))
    present = button(panel, "Embolism: present")
    assert present.isChecked()
    assert present.property("kind") == "choice-known"
    qtbot.mouseClick(present, LEFT)
    assert asked == [("form", CtpaForm(presence=Presence.PRESENT))]


def test_the_tree_is_clicked_from_free_to_partial_to_complete(
    panel: ReportPanel, state: ReviewState, asked: Asked, qtbot: QtBot
) -> None:
    site = ArterialSite.LEFT_A9
    for wanted in (Occlusion.PARTIAL, Occlusion.COMPLETE, None):
        qtbot.mouseClick(panel.tree, LEFT, pos=panel.tree.place_of(site).toPoint())
        form: CtpaForm = asked[-1][1]
        assert form.sites.get(site) is wanted
        state.update(review=replace(state.snapshot.review, form=form))
    assert [len(a[1].sites) for a in asked] == [1, 1, 0]


@pytest.mark.qt_log_ignore("This plugin does not support")  # a tip, on the offscreen platform
def test_the_tree_is_walked_and_marked_by_keys(
    panel: ReportPanel, asked: Asked, qtbot: QtBot
) -> None:
    panel.tree.setFocus()
    qtbot.keyClick(panel.tree, Qt.Key.Key_Up)
    qtbot.keyClick(panel.tree, Qt.Key.Key_Left)
    qtbot.keyClick(panel.tree, Qt.Key.Key_Space)
    assert set(asked[0][1].sites) == {ArterialSite.RIGHT_MAIN}


def test_every_degree_of_an_artery_is_in_its_menu(
    panel: ReportPanel, asked: Asked, qtbot: QtBot
) -> None:
    degrees = menu_of(panel.tree, ArterialSite.RIGHT_A1)
    assert set(degrees) == {"Free", *(how.capitalize() for how in Occlusion)}
    assert "Subsegmental branches only" not in menu_of(panel.tree, ArterialSite.TRUNK)
    degrees["25 to 49 %"].trigger()
    assert asked[-1][1].sites == {ArterialSite.RIGHT_A1: Occlusion.BELOW_50}


def menu_of(tree: TreeView, site: ArterialSite) -> dict[str, Any]:
    menu: QMenu = tree._menu(site)
    return {action.text(): action for action in menu.actions()}


def test_burden_and_ratio_follow_at_once(panel: ReportPanel, state: ReviewState) -> None:
    with_form(
        state,
        sites={ArterialSite.RIGHT_LOWER: Occlusion.PARTIAL},
        rv=Diameter(44.0),
        lv=Diameter(40.0),
    )
    said = {part.text() for part in panel.findChildren(QLineEdit)}
    words = " ".join(part.text() for part in panel.findChildren(type(panel._burden)))
    assert "Qanadli 5/40 (12.5 %), Mastora 1–4/155" in words
    assert "RV/LV 1.10, 1.0 or more" in words
    assert {"44.0", "40.0"} <= said


def test_a_measured_width_names_its_slice_and_a_typed_one_replaces_it(
    panel: ReportPanel, state: ReviewState, asked: Asked, qtbot: QtBot
) -> None:
    line = Length(4, (10.0, 0.0), (10.0, 50.0), Structure.RV)  # 50 cols of 0.5 mm
    state.update(review=Review(measures=(line,)))
    width = named(panel, QLineEdit, "RV in mm")
    assert width.text() == "25.0"
    assert "from your measurement, Im 8" in {
        part.text() for part in panel.findChildren(type(panel._burden))
    }
    width.setFocus()
    width.selectAll()
    qtbot.keyClicks(width, "46,5")
    qtbot.keyClick(width, Qt.Key.Key_Return)
    assert asked == [("form", CtpaForm(rv=Diameter(46.5)))]


def test_a_number_out_of_bounds_gives_way_to_the_one_before(
    panel: ReportPanel, state: ReviewState, asked: Asked, qtbot: QtBot
) -> None:
    with_form(state, lv=Diameter(40.0))
    width = named(panel, QLineEdit, "LV in mm")
    for typed, shown in (("999", "40.0"), ("-", "40.0"), ("", "")):
        width.selectAll()
        qtbot.keyClick(width, Qt.Key.Key_Delete)
        qtbot.keyClicks(width, typed)
        qtbot.keyClick(width, Qt.Key.Key_Return)
        assert asked == ([] if typed else [("form", CtpaForm())])
        with_form(state, lv=Diameter(40.0) if shown else None)
        assert width.text() == shown


def test_the_ruler_asks_for_its_tool(panel: ReportPanel, asked: Asked, qtbot: QtBot) -> None:
    for name in ("RV", "LV", "PA trunk"):
        qtbot.mouseClick(button(panel, f"Measure: {name}"), LEFT)
    assert asked == [("tool", "RV"), ("tool", "LV"), ("tool", "TRUNK")]


def test_signs_and_other_findings_are_ticked_and_described(
    panel: ReportPanel, state: ReviewState, asked: Asked, qtbot: QtBot
) -> None:
    named(panel, QCheckBox, "webs").click()
    assert asked[-1] == ("form", CtpaForm(signs=frozenset({Sign.WEBS})))
    named(panel, QCheckBox, "Nodule").click()
    assert asked[-1] == ("form", CtpaForm(incidental={Incidental.NODULE: ""}))
    with_form(state, incidental={Incidental.NODULE: ""})
    line = named(panel, QLineEdit, "Nodule: description")
    qtbot.keyClicks(line, "7 mm")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert asked[-1] == ("form", CtpaForm(incidental={Incidental.NODULE: "7 mm"}))


def test_what_the_model_says_stands_apart_and_enters_only_when_taken_over(
    panel: ReportPanel, state: ReviewState, asked: Asked, findings: Findings, qtbot: QtBot
) -> None:
    impression = named(panel, QPlainTextEdit, "Impression")
    with_form(state, presence=Presence.ABSENT)
    assert impression.toPlainText() == "No pulmonary embolism."
    assert not panel.impression._model.isVisibleTo(panel)
    state.update(findings=findings)
    assert impression.toPlainText() == "No pulmonary embolism."
    assert "flagged 0.94" in panel.impression._model_words.text()
    qtbot.mouseClick(named(panel, QPushButton, "Take over"), LEFT)
    assert asked == [("takeover",)]


def test_an_own_wording_can_be_given_up_for_that_of_the_fields(
    panel: ReportPanel, state: ReviewState, asked: Asked, qtbot: QtBot
) -> None:
    with_form(state, presence=Presence.ABSENT, impression="Nothing.")
    qtbot.mouseClick(named(panel, QPushButton, "Write anew"), LEFT)
    assert asked == [("form", CtpaForm(presence=Presence.ABSENT))]


def test_a_point_is_overridden_with_a_reason_that_can_be_taken_back(
    panel: ReportPanel, state: ReviewState, asked: Asked, qtbot: QtBot
) -> None:
    with_form(state, presence=Presence.ABSENT, acuity=Acuity.ACUTE)
    qtbot.mouseClick(named(panel, QPushButton, "Override"), LEFT)
    line = named(panel, QLineEdit, "Reason to sign in spite of")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert asked == [], "no reason, no override"
    qtbot.keyClicks(line, "old clot")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    (_, breach, reason) = asked.pop()
    assert (breach.rule_id, reason) == ("absent-with-details", "old clot")
    overrides = (Override(breach.rule_id, breach.words, reason),)
    with_form(state, presence=Presence.ABSENT, acuity=Acuity.ACUTE, overrides=overrides)
    qtbot.mouseClick(named(panel, QPushButton, "Take back"), LEFT)
    assert asked == [("override", breach, "")]


def test_a_reason_being_typed_stays_while_its_point_says_something_else(
    panel: ReportPanel, state: ReviewState, opened: ReviewSnapshot, qtbot: QtBot
) -> None:
    """As where it counts the slices that are still to be viewed."""
    n_slices = opened.n_slices
    with_form(state, presence=Presence.ABSENT)
    state.update(viewed=LoadedSlices(n_slices))
    qtbot.mouseClick(named(panel, QPushButton, "Override"), LEFT)
    line = named(panel, QLineEdit, "Reason to sign in spite of")
    before = line.accessibleName()
    begun: list[tuple[Breach, str]] = []
    panel.reason_begun.connect(lambda *said: begun.append(said))
    qtbot.keyClicks(line, "short")
    state.update(viewed=LoadedSlices(n_slices).with_slices([0]))
    assert (line.text(), line.isVisible(), begun) == ("short", True, [])
    assert line.accessibleName() != before
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert [words for _, words in begun] == ["short"]


def test_signing_needs_a_name_and_no_open_point(
    panel: ReportPanel, state: ReviewState, asked: Asked, qtbot: QtBot
) -> None:
    sign = named(panel, QPushButton, "Sign")
    name = named(panel, QLineEdit, "Name of the reader")
    qtbot.keyClicks(name, "Dr. Weiß")
    assert not sign.isEnabled()
    assert "open points" in sign.toolTip()
    with_form(state, presence=Presence.ABSENT)
    assert sign.isEnabled()
    name.clear()
    assert not sign.isEnabled()
    qtbot.keyClicks(name, "Dr. Weiß")
    qtbot.mouseClick(sign, LEFT)
    assert asked == [("signing", "Dr. Weiß")]


def test_a_signed_report_takes_only_an_addendum(
    panel: ReportPanel, state: ReviewState, asked: Asked, qtbot: QtBot
) -> None:
    state.update(review=signed(state.snapshot.review), reader_name="Dr. Weiß")
    assert "Signed by Dr. Weiß, 2026-11-21 14:30" in panel._status.text()
    qtbot.mouseClick(button(panel, "Embolism: present"), LEFT)
    qtbot.mouseClick(panel.tree, LEFT, pos=panel.tree.place_of(ArterialSite.TRUNK).toPoint())
    assert asked == []
    assert named(panel, QPlainTextEdit, "Impression").isReadOnly()
    assert panel.checks._title.text() == "Nothing stood against signing"
    qtbot.keyClicks(named(panel, QPlainTextEdit, "Addendum"), "The nodule is old.")
    qtbot.mouseClick(named(panel, QPushButton, "Add to the report"), LEFT)
    assert asked == [("addendum", "Dr. Weiß", "The nodule is old.")]


def test_an_addendum_stays_typed_until_it_is_part_of_the_report(
    panel: ReportPanel, state: ReviewState, asked: Asked, qtbot: QtBot
) -> None:
    state.update(review=signed(state.snapshot.review), reader_name="Dr. Weiß")
    text, name = (named(panel, QPlainTextEdit, "Addendum"), named(panel, QLineEdit, "Name of"))
    add = named(panel, QPushButton, "Add to the report")
    assert not add.isEnabled(), "no words"
    qtbot.keyClicks(text, "The nodule is old.")
    name.clear()
    assert not add.isEnabled(), "no name"
    qtbot.keyClicks(name, "Dr. Weiß")
    qtbot.mouseClick(add, LEFT)
    assert len(asked) == 1
    assert text.toPlainText() == "The nodule is old.", "nobody has kept it yet"
    review = state.snapshot.review
    assert review.sign_off is not None
    addendum = Addendum("Dr. Weiß", datetime(2026, 11, 22, tzinfo=UTC), "The nodule is old.")
    state.update(review=replace(review, sign_off=review.sign_off.with_addendum(addendum)))
    assert text.toPlainText() == ""
    assert not add.isEnabled()


def test_typed_words_count_before_the_button_that_is_pressed(
    panel: ReportPanel, asked: Asked, qtbot: QtBot
) -> None:
    """A button takes no focus: without care the last words would come after the signature."""
    for name, kind in (("Impression", QPlainTextEdit), ("Limitations", QPlainTextEdit)):
        typed = named(panel, kind, name)
        typed.setFocus()
        qtbot.keyClicks(typed, "Arms down")
        qtbot.mouseClick(button(panel, "Motion: mild"), LEFT)
        assert [len(asked), asked[-2][1].motion] == [2, None]
        assert "Arms down" in (asked[-2][1].limitations, asked[-2][1].impression)
        asked.clear()
    width = named(panel, QLineEdit, "LV in mm")
    width.setFocus()
    qtbot.keyClicks(width, "40")
    qtbot.mouseClick(button(panel, "Motion: mild"), LEFT)
    assert asked[0] == ("form", CtpaForm(lv=Diameter(40.0)))


def test_a_press_in_the_text_itself_leaves_it_be(panel: ReportPanel, qtbot: QtBot) -> None:
    typed = named(panel, QPlainTextEdit, "Impression")
    typed.setFocus()
    qtbot.mouseClick(typed.viewport(), LEFT, pos=QPoint(5, 5))
    assert typed.hasFocus()


def test_nothing_half_typed_reaches_the_next_study(
    panel: ReportPanel, state: ReviewState, asked: Asked, qtbot: QtBot
) -> None:
    state.update(review=signed(state.snapshot.review))
    addendum = named(panel, QPlainTextEdit, "Addendum")
    qtbot.keyClicks(addendum, "meant for the first patient")
    state.update(review=Review())
    for name, kind in (("Impression", QPlainTextEdit), ("RV in mm", QLineEdit)):
        typed = named(panel, kind, name)
        typed.setFocus()
        qtbot.keyClicks(typed, "44")
        series = state.snapshot.series
        assert series is not None
        state.update(series=replace(series, series_uid=f"{series.series_uid}.1"))
        assert typed.hasFocus()
        typed.clearFocus()
        qtbot.wait(800)  # longer than a pause in typing
        assert (typed.toPlainText() if kind is QPlainTextEdit else typed.text()) == ""
    assert asked == []
    assert addendum.toPlainText() == ""


def test_while_the_model_is_withheld_nothing_of_it_is_there(
    panel: ReportPanel, state: ReviewState
) -> None:
    state.update(is_second_reader=True, withholds_model=True)
    texts = [part.text() for part in panel.findChildren(type(panel._burden))]
    assert not any("odel" in text for text in texts if text != "The model's words, not yours")
    assert not panel.impression._model.isVisibleTo(panel)


def test_the_form_is_not_signed_for_a_series_that_was_analysed_for_another_task(
    panel: ReportPanel, state: ReviewState, findings: Findings, qtbot: QtBot
) -> None:
    sign = named(panel, QPushButton, "Sign")
    with_form(state, presence=Presence.ABSENT)
    qtbot.keyClicks(named(panel, QLineEdit, "Name of the reader"), "Dr. Weiß")
    assert sign.isEnabled()
    exam = dict.fromkeys(HEMORRHAGE.labels, ExamScore(0.1, 0.1, 0.1))
    state.update(
        findings=replace(findings, task="hemorrhage", exam=exam, verdict=None, zone=None, flags=())
    )
    said = named(panel, QLabel, "Draft, kept as you go")
    assert "analysed for intracranial hemorrhage" in said.text()
    assert not sign.isEnabled()
