"""Analysis: when it starts, what is shown of it, and answers that come late."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pe_models.findings import Findings
from pe_models.progress import Progress
from pe_viewer.controller.analysing import overall_fraction, seconds_left
from pe_viewer.state import Phase, ReviewSnapshot

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt


@pytest.fixture
def opened(bench: "Bench", write_ct: "WriteCt", tmp_path: Path) -> "Bench":
    write_ct(tmp_path / "ct", series=1)
    write_ct(tmp_path / "ct", series=2)
    bench.open(tmp_path / "ct")
    return bench


def test_findings_and_maps_come_for_every_slice(opened: "Bench") -> None:
    opened.analyze()
    snapshot = opened.state.snapshot
    assert isinstance(snapshot.findings, Findings)
    assert snapshot.analysis.phase is Phase.DONE
    assert snapshot.heatmap_of(5) is not None
    assert snapshot.model.name == "pe-test"


def test_coarse_scores_show_early_and_go_when_findings_come(opened: "Bench") -> None:
    opened.worker.gate.clear()
    opened.controller.analysing.analyze()
    opened.wait(lambda s: s.coarse_scores is not None)
    coarse = opened.state.snapshot.coarse_scores
    assert coarse is not None
    assert np.isfinite(coarse).sum() == 2
    assert opened.state.snapshot.analysis.fraction > 0
    opened.worker.gate.set()
    opened.wait(lambda s: s.findings is not None)
    assert opened.state.snapshot.coarse_scores is None


def test_without_a_study_the_reader_is_told_to_open_one(bench: "Bench") -> None:
    bench.controller.analysing.analyze()
    assert bench.state.snapshot.notice == "Open a study first"


def test_asked_for_during_loading_it_starts_when_all_slices_have_come(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct", n_slices=40)
    asked: list[str] = []

    def ask_once(old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.loading.is_running and not asked:
            asked.append("asked")
            bench.controller.analysing.analyze()

    bench.state.changed.connect(ask_once)
    bench.controller.opening.open_path(tmp_path / "ct")
    bench.wait(lambda s: s.findings is not None)
    assert bench.state.snapshot.findings is not None
    assert asked


def test_with_the_setting_it_starts_by_itself(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    bench.controller.analysing.toggle_analyze_on_open()
    assert bench.settings.settings.analyze_on_open
    write_ct(tmp_path / "ct")
    bench.controller.opening.open_path(tmp_path / "ct")
    bench.wait(lambda s: s.findings is not None)


def test_without_the_setting_it_waits_for_the_key(opened: "Bench") -> None:
    assert opened.worker.analysed == []


def test_a_failure_leaves_the_volume_and_says_why(opened: "Bench") -> None:
    opened.worker.failure = "This is not a chest CT: no lungs were found."
    volume = opened.state.snapshot.volume
    opened.analyze()
    snapshot = opened.state.snapshot
    assert snapshot.analysis.phase is Phase.FAILED
    assert snapshot.analysis.message == opened.worker.failure
    assert snapshot.findings is None
    assert snapshot.volume is volume


def test_a_failed_second_analysis_keeps_the_first_findings(opened: "Bench") -> None:
    opened.analyze()
    findings = opened.state.snapshot.findings
    opened.worker.failure = "The analysis process went away."
    opened.analyze()
    assert opened.state.snapshot.findings is findings


def test_escape_cancels_and_nothing_is_shown_of_it(opened: "Bench") -> None:
    opened.worker.gate.clear()
    opened.controller.analysing.analyze()
    opened.wait(lambda s: s.coarse_scores is not None)
    opened.controller.cancel()
    opened.wait(lambda s: s.analysis.phase is Phase.CANCELLED)
    snapshot = opened.state.snapshot
    assert (snapshot.findings, snapshot.coarse_scores) == (None, None)
    assert snapshot.notice == "Analysis cancelled"


def test_an_answer_for_a_series_that_is_not_shown_is_kept_and_not_drawn(opened: "Bench") -> None:
    first = opened.state.snapshot.series
    assert first is not None
    opened.worker.gate.clear()
    opened.controller.analysing.analyze()
    opened.wait(lambda s: s.coarse_scores is not None)
    opened.controller.opening.step_series(1)
    opened.wait(lambda s: s.loading.phase is Phase.DONE)
    assert opened.state.snapshot.coarse_scores is None
    opened.worker.gate.set()
    opened.wait(lambda s: "another series" in s.notice)
    assert opened.state.snapshot.findings is None
    opened.controller.opening.step_series(-1)
    shown = opened.state.snapshot
    assert shown.series is not None
    assert shown.series.key == first.key
    assert shown.findings is not None
    assert shown.analysis.phase is Phase.DONE
    opened.wait(lambda s: s.loading.phase is Phase.DONE)


def test_memory_of_a_closed_series_lives_until_its_analysis_has_ended(opened: "Bench") -> None:
    opened.worker.gate.clear()
    opened.controller.analysing.analyze()
    opened.wait(lambda s: s.coarse_scores is not None)
    opened_series, running = next(iter(opened.controller.analysing._running.values()))
    opened.controller.opening.close_study()
    assert opened_series.buffer.array.shape == (12, 40, 60)
    running.job.cancel()
    opened.wait(lambda s: not opened.controller.analysing._running)
    with pytest.raises(ValueError, match="closed"):
        _ = opened_series.buffer.array


def test_a_second_request_while_it_runs_starts_nothing(opened: "Bench") -> None:
    opened.worker.gate.clear()
    for _ in range(2):
        opened.controller.analysing.analyze()
    assert "already running" in opened.state.snapshot.notice
    opened.worker.gate.set()
    opened.wait(lambda s: s.findings is not None)
    assert len(opened.worker.analysed) == 1


def test_stages_follow_each_other_without_a_step_back() -> None:
    stages = ("read", "localize", "slices", "sequence", "explain")
    ends = [overall_fraction(Progress(stage, done, 10)) for stage in stages for done in range(11)]
    assert ends == sorted(ends)
    assert (ends[0], ends[-1]) == (0.0, 1.0)


def test_time_left_is_told_only_when_something_is_known() -> None:
    assert seconds_left(0.0, 3.0) is None
    assert seconds_left(0.25, 3.0) == pytest.approx(9.0)


def test_the_model_is_named_once_the_worker_is_ready(bench: "Bench") -> None:
    bench.controller.analysing.warm_up()
    bench.wait(lambda s: s.model.is_ready)
    assert bench.state.snapshot.model.name == "pe-test"
    assert bench.state.snapshot.model.device == "cpu"


def test_a_worker_that_cannot_start_is_told_where_the_model_stands(bench: "Bench") -> None:
    bench.worker.failure = "The model bundle pe-test was changed."
    bench.controller.analysing.warm_up()
    bench.wait(lambda s: bool(s.model.message))
    assert not bench.state.snapshot.model.is_ready
    assert bench.state.snapshot.model.message == bench.worker.failure


def test_escape_with_nothing_running_does_nothing(opened: "Bench") -> None:
    before = opened.state.snapshot
    opened.controller.cancel()
    assert opened.state.snapshot is before


def test_what_the_task_does_not_take_is_refused_without_the_worker(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    bench.controller.analysing.toggle_analyze_on_open()
    write_ct(tmp_path / "mr", modality="MR", description="T1")
    bench.open(tmp_path / "mr")
    assert bench.state.snapshot.analysis.phase is Phase.IDLE, "nobody asked"
    bench.controller.analysing.analyze()
    snapshot = bench.state.snapshot
    assert snapshot.analysis.phase is Phase.FAILED
    assert snapshot.analysis.message == "This series is MR, not CT."
    assert snapshot.volume is not None
    assert bench.worker.analysed == []
