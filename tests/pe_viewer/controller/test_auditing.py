"""Every change of a reading stands in the audit trail: who, what, when."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pe_viewer.form.answers import Presence
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.library.series_id import key_of_study
from pe_viewer.review import Decision

WriteCt = Callable[..., NDArray[np.int16]]


@pytest.fixture
def open_bench(bench, write_ct: WriteCt, tmp_path: Path):  # type: ignore[no-untyped-def]
    write_ct(tmp_path / "study")
    bench.settings.change(reader_name="Dr. Weiß")
    bench.open(tmp_path / "study")
    return bench


def _acts(bench) -> list[tuple[str, str, str]]:  # type: ignore[no-untyped-def]
    return [(e.reader, e.act, e.detail) for e in bench.library.audit.entries()]


def test_changes_are_written_when_the_study_closes(open_bench, qtbot) -> None:
    open_bench.controller.reviewing.decide_on(Decision.added(3))
    open_bench.controller.reporting.set_form(CtpaForm(presence=Presence.PRESENT))
    key = key_of_study(open_bench.state.snapshot.study)
    open_bench.controller.opening.close_study()
    qtbot.waitUntil(lambda: len(_acts(open_bench)) == 3)
    assert ("Dr. Weiß", "decided", "slices 3 to 3 added") in _acts(open_bench)
    assert ("Dr. Weiß", "report", "presence: nothing -> present") in _acts(open_bench)
    assert {e.study_key for e in open_bench.library.audit.entries()} == {key}


def test_what_was_undone_before_a_pause_is_no_change(open_bench) -> None:
    open_bench.controller.reviewing.decide_on(Decision.added(3))
    open_bench.controller.reviewing.undo()
    open_bench.controller.auditing.close()
    assert _acts(open_bench) == []


def test_a_signature_is_written_at_once_under_its_own_name(open_bench, qtbot) -> None:
    all_viewed = open_bench.state.snapshot.viewed.with_slices(range(12))
    open_bench.state.update(viewed=all_viewed)
    open_bench.controller.reporting.set_form(CtpaForm(presence=Presence.ABSENT))
    open_bench.controller.reporting.sign("Dr. Å")
    qtbot.waitUntil(lambda: any(act == "signed" for _, act, _ in _acts(open_bench)))
    assert ("Dr. Å", "signed", "12 of 12 slices viewed") in _acts(open_bench)
    open_bench.controller.reporting.add_addendum("Dr. Å", "More words.")
    qtbot.waitUntil(lambda: ("Dr. Å", "addendum", "More words.") in _acts(open_bench))


def test_what_is_unwritten_is_written_before_the_program_ends(open_bench) -> None:
    open_bench.controller.reviewing.decide_on(Decision.added(3))
    assert _acts(open_bench) == []
    open_bench.controller.auditing.close()
    assert len(_acts(open_bench)) == 1


def test_opening_a_kept_reading_is_no_change(open_bench, tmp_path: Path) -> None:
    open_bench.controller.reviewing.decide_on(Decision.added(3))
    open_bench.controller.opening.close_study()
    open_bench.open(tmp_path / "study")
    open_bench.controller.auditing.close()
    open_bench.wait(lambda s: len(open_bench.library.audit.entries()) == 1)
