"""The pages of the training window draw its state and ask; they change nothing themselves."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from pe_models.bundle import BundleListing, Change, Choice, ModelBundle
from pe_models.checking.card import CheckCard
from pe_models.errors import DatasetError
from pe_models.evaluation.gate import RULE, Check, GateDecision, StudySet
from pe_models.retraining.folder import RetrainFolder, RunStatus
from pe_models.retraining.order import AS_IN_USE, ReviewData, Start
from pe_models.retraining.summary import DataSummary
from pe_models.retraining.usage import Usage
from pe_models.training.config import preset, with_settings
from pe_models.training.run import RunState
from pe_viewer.display.track import TrackPair
from pe_viewer.training_state import (
    CheckView,
    ComparedStudy,
    ComparisonView,
    FigureView,
    Interval,
    PlanView,
    ReviewsFound,
    RunDetails,
    RunView,
    Shelf,
    TrainingState,
)
from pe_viewer.views.training.bundles_page import RetrainBundlesPage
from pe_viewer.views.training.check_page import RetrainCheckPage
from pe_viewer.views.training.data_page import RetrainDataPage
from pe_viewer.views.training.form import PRESETS
from pe_viewer.views.training.run_page import RetrainRunPage

LEFT = Qt.MouseButton.LeftButton

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
SUMMARY = DataSummary(12, 12, 6, 6, 0, 0, 0, sources={"phantoms": 12})


def decision(*differences: float) -> GateDecision:
    found = [
        Check(criterion, 0.8, 0.8 + d, d, d - 0.1, d + 0.1)
        for criterion, d in zip(RULE, differences, strict=True)
    ]
    return GateDecision(tuple(found))


PASSES, REFUSED = decision(0.0, 0.0, 0.0, 0.0), decision(0.0, -0.3, 0.0, 0.0)

FIGURE = FigureView(
    Interval(0.8, 0.7, 0.9), Interval(0.5, 0.4, 0.6), Interval(-0.3, -0.4, -0.2), False
)
STUDY = ComparedStudy(
    "k1k1k1k1k1", True, 0.9, 0.2, 2, (0, 1, 1), TrackPair("a 1", "b 1", (0.1,) * 3, (0.2,) * 3)
)
OTHER = replace(STUDY, study="k2", has_pe=False, truth=(0, 0, 0))
COMPARED = ComparisonView(
    "a 1", "b 1", 3,
    {"image_auc": FIGURE, "exam.central_pe.auc": FIGURE, "exam.central_pe.ece": FIGURE},
    found=(((1.0,), (0.5,)), None), reliability=(((0.2,), (0.3,)), None),
    studies=(STUDY, OTHER), faithfulness=({"pointing": 1.0, "deletion": 0.5,
    "deletion_elsewhere": 0.0, "insertion": 0.5, "insertion_elsewhere": 0.0, "randomised": 0.0,
    "repeated": 1.0}, None),
)  # fmt: skip


def run_view(state: RunState, *, is_alive: bool = False, **more: object) -> RunView:
    status = RunStatus(state, "slice", 3, 10, pid=7 if is_alive else None)
    return RunView(RetrainFolder(Path("retrained-1")), status, **more)  # type: ignore[arg-type]


@pytest.fixture
def state() -> TrainingState:
    return TrainingState()


@pytest.fixture
def run_page(qtbot: QtBot, state: TrainingState) -> RetrainRunPage:
    page = RetrainRunPage(state)
    qtbot.addWidget(page)
    page.resize(1000, 2000)
    page.show()
    return page


def show(state: TrainingState, run: RunView, **more: object) -> None:
    details = RunDetails(run.name, **more)  # type: ignore[arg-type]
    state.update(runs=(run,), selected=run.name, details=details)


def test_a_run_offers_what_can_be_done_with_it(
    run_page: RetrainRunPage, state: TrainingState
) -> None:
    def offered() -> set[str]:
        names = ("pause", "resume", "stop", "go_on", "delete")
        buttons = [getattr(run_page, name) for name in names]
        return {button.text() for button in buttons if button.isVisible()}

    show(state, run_view(RunState.RUNNING, is_alive=True))
    assert offered() == {"Pause", "Stop"}
    show(state, run_view(RunState.PAUSED, is_alive=True))
    assert offered() == {"Resume", "Stop"}
    show(state, run_view(RunState.INTERRUPTED))
    assert offered() == {"Go on", "Delete…"}
    show(state, run_view(RunState.DONE))
    assert offered() == {"Delete…"}


def test_a_run_is_deleted_only_when_asked_twice(
    qtbot: QtBot, run_page: RetrainRunPage, state: TrainingState
) -> None:
    show(state, run_view(RunState.DONE))
    with qtbot.assertNotEmitted(run_page.deletion_requested):
        qtbot.mouseClick(run_page.delete, LEFT)
    box = run_page.findChild(QMessageBox)
    assert box.defaultButton().text() == "Keep as it is"
    with qtbot.waitSignal(run_page.deletion_requested):
        next(button for button in box.buttons() if button.text() == "Delete").click()


def test_a_running_training_tells_what_it_uses_and_whether_it_outlives_the_program(
    qtbot: QtBot, run_page: RetrainRunPage, state: TrainingState
) -> None:
    usage = Usage("cpu", 1.84, 1_200_000_000)
    show(state, run_view(RunState.RUNNING, is_alive=True, usage=usage))
    assert run_page.usage.text() == "CPU, 1.8 cores, 1.2 GB of memory"
    assert run_page.outlives.isChecked()
    with qtbot.waitSignal(run_page.ending_requested) as asked:
        run_page.outlives.click()
    assert asked.args == [True]


def test_only_a_candidate_that_passes_can_be_put_to_use(
    qtbot: QtBot, run_page: RetrainRunPage, state: TrainingState
) -> None:
    show(state, run_view(RunState.DONE, decision=REFUSED))
    assert run_page.card.verdict.text() == "The gate refuses the candidate"
    assert not run_page.card.promote.isVisible()
    show(state, run_view(RunState.DONE, decision=PASSES))
    assert run_page.card.promote.isVisible()
    with qtbot.waitSignal(run_page.promotion_requested):
        qtbot.mouseClick(run_page.card.promote, LEFT)


def test_the_gate_shows_each_criterion_with_what_is_allowed(
    run_page: RetrainRunPage, state: TrainingState
) -> None:
    show(state, run_view(RunState.DONE, decision=REFUSED))
    rows = run_page.card.checks.rows
    assert rows[0][0] == "AUC of slices, held-out studies (primary)"
    assert [row[4] for row in rows] == ["from -0.02", "from -0.02", "from -0.05", "from -0.05"]
    assert [row[5] for row in rows] == ["✓ holds", "✗ too low", "✓ holds", "✓ holds"]


def test_the_comparison_shows_figures_labels_faithfulness_and_curves(
    run_page: RetrainRunPage, state: TrainingState
) -> None:
    show(
        state, run_view(RunState.DONE, decision=REFUSED), comparisons={StudySet.HELD_OUT: COMPARED}
    )
    shown = run_page.comparison
    assert shown.figures.rows == (
        (
            "AUC of slices", "0.800  (0.700 to 0.900)", "0.500  (0.400 to 0.600)",
            "-0.300  (-0.400 to -0.200)", "in use better",
        ),
    )  # fmt: skip
    assert [row[0] for row in shown.labels.rows] == ["Central"]
    assert [row[0] for row in shown.errors.rows] == ["Central"]
    assert shown.faithfulness.rows[0] == ("Maps whose peak lies on a clot", "1.00", "none")
    assert shown.found.drawn["in use"] == ((0.0, 1.0, 8.0), (0.0, 0.5, 0.5))
    assert "candidate" not in shown.found.drawn
    assert shown.reliability.drawn["in use"] == ((0.2,), (0.3,))


def test_both_sets_of_studies_can_be_looked_at(
    qtbot: QtBot, run_page: RetrainRunPage, state: TrainingState
) -> None:
    safety = replace(COMPARED, n_studies=12)
    both = {StudySet.HELD_OUT: COMPARED, StudySet.SAFETY: safety}
    show(state, run_view(RunState.DONE, decision=REFUSED), comparisons=both)
    assert "on 3 studies" in run_page.comparison.words.text()
    run_page.comparison.sets.chosen.emit(StudySet.SAFETY)
    assert "on 12 studies" in run_page.comparison.words.text()


def test_a_click_shows_both_tracks_of_a_study_and_a_button_opens_it(
    qtbot: QtBot, run_page: RetrainRunPage, state: TrainingState
) -> None:
    show(
        state, run_view(RunState.DONE, decision=REFUSED), comparisons={StudySet.HELD_OUT: COMPARED}
    )
    studies = run_page.comparison.studies
    assert set(studies.plot.drawn) == {"in use", "candidate"}
    assert studies.plot.drawn["candidate"] == ((0.0, 1.0, 2.0), (0.2, 0.2, 0.2))
    qtbot.mouseClick(studies.rows[1], LEFT)
    with qtbot.waitSignal(run_page.study_requested) as asked:
        qtbot.mouseClick(studies.open, LEFT)
    assert asked.args == [OTHER]


def test_a_training_starts_only_where_its_data_were_checked_and_are_enough(
    qtbot: QtBot, state: TrainingState
) -> None:
    page = RetrainDataPage(state)
    qtbot.addWidget(page)
    assert not page.start.isEnabled()
    with qtbot.waitSignal(page.plan_requested):
        page.check.click()
    state.update(plan=PlanView(replace(SUMMARY, problems=("there are 12 and 0.",))))
    assert not page.start.isEnabled()
    assert "12 and 0" in page.problems.text()
    state.update(plan=PlanView(SUMMARY))
    assert page.start.isEnabled()
    page.form.n_phantoms.setValue(20)
    assert not page.start.isEnabled()


def test_a_running_training_keeps_another_from_starting_and_says_so(
    qtbot: QtBot, state: TrainingState
) -> None:
    page = RetrainDataPage(state)
    qtbot.addWidget(page)
    page.check.click()
    state.update(plan=PlanView(SUMMARY), runs=(run_view(RunState.RUNNING, is_alive=True),))
    assert not page.start.isEnabled()
    assert "one training at a time" in page.problems.text()


def test_signed_readings_can_be_chosen_once_there_are_some(
    qtbot: QtBot, state: TrainingState
) -> None:
    page = RetrainDataPage(state)
    qtbot.addWidget(page)
    assert not page.form.reviews.isEnabled()
    data = ReviewData(Path("manifest.csv"), Path("labels.csv"))
    state.update(reviews=ReviewsFound(data, 4, ("1 signed readings are left out: why.",)))
    assert page.form.n_reviews.text() == "4 studies"
    assert "left out" in page.left_out.text()
    page.form.reviews.setChecked(True)
    assert page.form.order().reviews is data


def test_no_data_at_all_is_refused_before_anything_is_asked(
    qtbot: QtBot, state: TrainingState
) -> None:
    page = RetrainDataPage(state)
    qtbot.addWidget(page)
    page.form.phantoms.setChecked(False)
    with qtbot.assertNotEmitted(page.plan_requested):
        page.check.click()
    assert "No data were chosen" in page.problems.text()
    with pytest.raises(DatasetError):
        page.form.order()


def test_every_preset_of_the_form_can_be_trained(qtbot: QtBot, state: TrainingState) -> None:
    page = RetrainDataPage(state)
    qtbot.addWidget(page)
    for place, (name, settings) in enumerate(PRESETS.values()):
        page.form.preset.setCurrentIndex(place)
        order = page.form.order()
        assert (order.preset, order.settings, order.start) == (name, settings, Start.IN_USE)
        with_settings(preset("wide" if name == AS_IN_USE else name), settings)


def test_a_bundle_comes_into_use_by_hand_only_when_asked_twice(
    qtbot: QtBot, state: TrainingState, tiny_bundle: ModelBundle
) -> None:
    page = RetrainBundlesPage(state)
    qtbot.addWidget(page)
    page.show()
    choice = Choice("2026-11-21T10:00:00", Change.PROMOTED, "older", "1", "0" * 64, "why")
    listing = BundleListing(tiny_bundle.source, tiny_bundle, "")
    state.update(shelf=Shelf((listing,), (choice,), "0" * 64, cards={tiny_bundle.sha256: "# Card"}))
    assert page.card.toPlainText() == "Card"
    assert "promoted: why" in page.history.text()
    with qtbot.assertNotEmitted(page.use_requested):
        qtbot.mouseClick(page.buttons["Put to use"], LEFT)
    box = page.findChild(QMessageBox)
    agreed = next(button for button in box.buttons() if button.text() == "Put to use")
    with qtbot.waitSignal(page.use_requested) as asked:
        agreed.click()
    assert asked.args == [tiny_bundle]


def test_the_bundle_in_use_can_neither_be_deleted_nor_put_to_use_again(
    qtbot: QtBot, state: TrainingState, tiny_bundle: ModelBundle
) -> None:
    page = RetrainBundlesPage(state)
    qtbot.addWidget(page)
    listing = BundleListing(tiny_bundle.source, tiny_bundle, "")
    state.update(shelf=Shelf((listing,), (), tiny_bundle.sha256))
    enabled = {name for name, button in page.buttons.items() if button.isEnabled()}
    assert enabled == {"Verify", "Export…", "Import…"}


CARD = CheckCard(
    "2026-11-21T10:00:00+00:00", "tiny 1", "a" * 64, "software 1", "cpu", 6, 6, 5, 2, 31.0,
    n_found_stored=5, n_false_flags_stored=2, drift=2e-8,
)  # fmt: skip


def test_the_card_of_a_check_is_green_or_red_with_the_reason(
    qtbot: QtBot, state: TrainingState
) -> None:
    page = RetrainCheckPage(state)
    qtbot.addWidget(page)
    page.show()
    assert not page.verdict.isVisible()
    state.update(check=CheckView((CARD,)))
    assert page.verdict.text().startswith("Green")
    assert page.verdict.property("kind") == "good-title"
    assert page.card.rows[0] == ("Emboli found", "5 of 6", "5", "not fewer")
    assert page.card.rows[2][1] == "none"
    assert not page.history.isVisible()
    red = replace(CARD, n_found=4, problems=("Emboli found: 4; it should be 5.",))
    state.update(check=CheckView((CARD, red)))
    assert page.verdict.property("kind") == "bad-title"
    assert page.problems.text() == "Emboli found: 4; it should be 5."
    assert page.history.rows[0][-1] == "● green"


def test_a_check_that_runs_can_be_cancelled_and_not_started_twice(
    qtbot: QtBot, state: TrainingState
) -> None:
    page = RetrainCheckPage(state)
    qtbot.addWidget(page)
    page.show()
    with qtbot.waitSignal(page.check_requested):
        qtbot.mouseClick(page.check, LEFT)
    state.update(check=CheckView(is_running=True, done=2, total=6))
    assert not page.check.isEnabled()
    assert page.bar.value() == 2
    with qtbot.waitSignal(page.cancel_requested):
        qtbot.mouseClick(page.cancel, LEFT)
    state.update(check=CheckView(message="The check came to no end."))
    assert page.message.isVisible()
    assert not page.cancel.isVisible()
