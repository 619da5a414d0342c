"""The curves of a training: a column a stage, that of a refiner where there is one."""

import pytest
from pytestqt.qtbot import QtBot

from pe_viewer.views.training.curves import RetrainCurves

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

CURVE = ((1.0, 2.0), (0.5, 0.4))


def test_a_refiner_has_a_column_in_runs_that_train_one(qtbot: QtBot) -> None:
    curves = RetrainCurves()
    qtbot.addWidget(curves)
    curves.show()
    assert not curves.headings["refiner"].isVisible()
    curves.show_curves({("slice", "loss"): CURVE})
    assert not curves.plots["refiner", True].isVisible()
    curves.show_curves({("slice", "loss"): CURVE, ("refiner", "loss"): CURVE})
    assert curves.headings["refiner"].isVisible()
    assert curves.plots["refiner", True].isVisible()
    assert curves.plots["refiner", False].isVisible()
