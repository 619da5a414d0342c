"""The threshold that the reader tries: what is drawn and stepped through, and what stays."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pe_models.findings import Flag
from pe_viewer.display.recut import HIGHEST, LOWEST

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt


def test_another_threshold_draws_other_runs_and_findings_stay(analysed: "Bench") -> None:
    findings = analysed.state.snapshot.findings
    analysed.controller.threshold.put(0.8)
    snapshot = analysed.state.snapshot
    assert [(f.first, f.last) for f in snapshot.shown_flags] == [(7, 9)]
    assert snapshot.findings is findings
    assert len(snapshot.flags) == 2
    assert snapshot.notice == "Threshold 0.80 draws 1 run (the model's own: 2 at 0.50)"


def test_a_run_keeps_the_sides_of_the_flags_that_it_holds(analysed: "Bench") -> None:
    analysed.controller.threshold.put(0.8)
    assert analysed.state.snapshot.shown_flags[0].sides == ("right",)
    analysed.controller.threshold.put(0.02)
    whole = {side for flag in analysed.state.snapshot.shown_flags for side in flag.sides}
    assert whole == {"left", "right"}


def test_n_steps_through_what_is_drawn(analysed: "Bench") -> None:
    analysed.controller.threshold.put(0.8)
    analysed.controller.navigation.go_to(8)
    analysed.controller.navigation.next_flagged_slice()
    analysed.controller.navigation.next_flagged_slice()
    assert analysed.state.snapshot.slice_index == 7
    assert analysed.state.snapshot.notice == "Last flagged slice"
    analysed.controller.threshold.put(0.97)
    analysed.controller.navigation.next_flag_peak()
    assert analysed.state.snapshot.notice == "Nothing flagged"


def test_keys_move_it_by_a_twentieth_and_back_to_the_models_own(analysed: "Bench") -> None:
    threshold = analysed.controller.threshold
    threshold.raise_it()
    threshold.raise_it()
    threshold.lower_it()
    assert analysed.state.snapshot.threshold == pytest.approx(0.55)
    threshold.reset()
    assert analysed.state.snapshot.threshold == 0.5
    assert analysed.state.snapshot.shown_flags is analysed.state.snapshot.flags


def test_it_stays_within_the_scale(analysed: "Bench") -> None:
    for wanted, kept in ((-3.0, LOWEST), (7.0, HIGHEST)):
        analysed.controller.threshold.put(wanted)
        assert analysed.state.snapshot.threshold == kept


def test_a_cut_means_nothing_beside_other_findings(analysed: "Bench") -> None:
    analysed.controller.threshold.put(0.8)
    analysed.worker.flags = (Flag(1, 1, 2, 0.6),)
    analysed.analyze()
    assert analysed.state.snapshot.threshold == 0.5
    assert analysed.state.snapshot.shown_flags == (Flag(1, 1, 2, 0.6),)


def test_before_the_analysis_there_is_nothing_to_cut(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.controller.threshold.raise_it()
    assert "Not analysed" in bench.state.snapshot.notice
    bench.controller.threshold.toggle_raw_scores()
    assert not bench.state.snapshot.shows_raw_scores
