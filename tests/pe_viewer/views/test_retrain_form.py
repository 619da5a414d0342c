"""The form of a new training: what goes by the bundle in use, and what cannot begin with it."""

import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from pe_models.bundle import BundleListing, ModelBundle, load_bundle
from pe_models.errors import TrainingError
from pe_models.retraining.circle import require_start
from pe_models.retraining.order import AS_IN_USE, Start
from pe_models.retraining.settling import settled
from pe_models.retraining.summary import DataSummary
from pe_models.training.config import preset, with_settings
from pe_viewer.training_state import PlanView, Shelf, TrainingState
from pe_viewer.views.training.data_page import RetrainDataPage
from pe_viewer.views.training.form import PRESETS
from tests.exam_bundles import made_with

SUMMARY = DataSummary(12, 12, 6, 6, 0, 0, 0, sources={"phantoms": 12})

BY_BUNDLE = [words for words, (name, _) in PRESETS.items() if name == AS_IN_USE]
BY_NAME = [words for words, (name, _) in PRESETS.items() if name != AS_IN_USE]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def state() -> TrainingState:
    return TrainingState()


@pytest.fixture
def page(qtbot: QtBot, state: TrainingState) -> RetrainDataPage:
    page = RetrainDataPage(state)
    qtbot.addWidget(page)
    page.show()
    return page


def put_to_use(state: TrainingState, bundle: ModelBundle) -> None:
    listing = BundleListing(bundle.source, bundle)
    state.update(shelf=Shelf((listing,), in_use_sha256=bundle.sha256))


def choose(combo: QComboBox, words: str) -> None:
    combo.setCurrentIndex(combo.findText(words, Qt.MatchFlag.MatchStartsWith))


def test_the_form_as_it_opens_can_train_the_shipped_bundle_on(
    page: RetrainDataPage, state: TrainingState
) -> None:
    shipped = load_bundle()
    put_to_use(state, shipped)
    order = settled(page.form.order(), shipped)
    assert order.start is Start.IN_USE
    require_start(order, shipped)
    assert page.form.problem() == ""
    assert page.form.meant.text() == f"preset {order.preset}, as pe-phantom {shipped.version}"
    assert not page.problems.isVisible()
    assert page.check.isEnabled()


@pytest.mark.parametrize("words", BY_BUNDLE)
def test_both_ways_on_from_a_bundle_take_its_preset(
    words: str, page: RetrainDataPage, state: TrainingState, tiny_bundle: ModelBundle
) -> None:
    in_use = made_with(preset("tiny"), tiny_bundle)
    put_to_use(state, in_use)
    choose(page.form.preset, words)
    order = settled(page.form.order(), in_use)
    assert order.preset == "tiny"
    require_start(order, in_use)
    assert page.form.problem() == ""
    assert page.form.meant.text() == "preset tiny, as tiny 1"


def test_a_touch_up_counts_steps_whatever_the_preset_counts() -> None:
    _, settings = PRESETS[BY_BUNDLE[0]]
    config = with_settings(preset("xu2020"), settings)
    for stage, steps in ((config.localizer, 100), (config.slice, 300), (config.sequence, 100)):
        assert stage.over(1_000_000).steps == steps


def test_presets_of_other_nets_are_told_before_anything_is_checked(
    page: RetrainDataPage, state: TrainingState
) -> None:
    put_to_use(state, load_bundle())
    for words in BY_NAME:
        choose(page.form.preset, words)
        name, _ = PRESETS[words]
        assert page.problems.isVisible()
        assert f"are others than those of preset {name}: " in page.problems.text()
        assert not page.check.isEnabled()
        assert page.form.meant.text() == ""
    choose(page.form.start, "From scratch")
    assert not page.problems.isVisible()
    assert page.check.isEnabled()


def test_a_bundle_of_no_preset_is_told_and_can_be_left_for_a_start_from_scratch(
    page: RetrainDataPage, state: TrainingState, tiny_bundle: ModelBundle
) -> None:
    put_to_use(state, made_with(with_settings(preset("tiny"), ["hidden=9"]), tiny_bundle))
    assert "The bundle in use, tiny 1, was made with settings of its own" in page.problems.text()
    assert not page.check.isEnabled()
    assert not page.start.isEnabled()
    choose(page.form.preset, "Laptop")
    choose(page.form.start, "From scratch")
    assert page.form.problem() == ""


@pytest.mark.parametrize("words", BY_BUNDLE)
def test_from_scratch_there_is_nothing_to_touch_up(
    words: str, page: RetrainDataPage, state: TrainingState
) -> None:
    put_to_use(state, load_bundle())
    choose(page.form.preset, words)
    choose(page.form.start, "From scratch")
    assert "From scratch there is no bundle to go by" in page.problems.text()
    assert page.form.meant.text() == ""
    assert not page.check.isEnabled()
    with pytest.raises(TrainingError):
        page.form.order()


def test_from_scratch_no_net_can_be_left_out(page: RetrainDataPage) -> None:
    choose(page.form.preset, "Laptop")
    choose(page.form.start, "From scratch")
    choose(page.form.stages, "Sequence net alone")
    assert "From scratch all stages are trained" in page.problems.text()
    assert not page.check.isEnabled()


def test_what_was_checked_for_one_bundle_is_checked_again_for_another(
    page: RetrainDataPage, state: TrainingState, tiny_bundle: ModelBundle
) -> None:
    page.check.click()
    state.update(plan=PlanView(SUMMARY))
    put_to_use(state, load_bundle())
    assert page.start.isEnabled()  # the list of bundles came late: nothing changed
    put_to_use(state, made_with(preset("tiny"), tiny_bundle))
    assert not page.start.isEnabled()
    assert page.counts.text() == "Check the data first."


def test_the_training_room_knows_no_torch() -> None:
    code = (
        "import sys, pe_viewer.training_room; print(sorted({'torch', 'timm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
