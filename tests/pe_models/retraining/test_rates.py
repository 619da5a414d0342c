"""A run measures its own pace; the next one is estimated from it, and says from which."""

from dataclasses import replace
from pathlib import Path

from pe_models.progress import Progress
from pe_models.retraining.rates import Rates, Stopwatch, Work, estimate


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_unit_takes_what_passed_between_reports_of_its_stage() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    for stage, done, at in (("slice", 1, 100), ("slice", 2, 103), ("slice", 4, 107),
                            ("features", 0, 120), ("features", 1, 121)):  # fmt: skip
        clock.now = float(at)
        watch.note(Progress(stage, done, 10))
    assert watch.seconds() == {"slice": 7 / 3, "features": 1.0}


def test_held_time_is_left_out() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    watch.note(Progress("slice", 1, 10))
    clock.now = 1000.0
    watch.resume()
    clock.now = 1002.0
    watch.note(Progress("slice", 2, 10))
    assert watch.seconds() == {"slice": 2.0}


def test_an_attempt_that_found_its_work_done_does_not_spoil_the_rates(tmp_path: Path) -> None:
    first = Rates("tiny", 256, {"phantom": 8.0, "slice": 0.5}, 10, "2026-11-20")
    first.write(tmp_path / "rates.json")
    second = Rates("tiny", 256, {"phantom": 0.001, "features": 1.0}, 30, "2026-11-21")
    merged = second.merged(Rates.read(tmp_path / "rates.json"))
    assert dict(merged.seconds) == {"phantom": 8.0, "slice": 0.5, "features": 1.0}
    assert merged.peak_bytes == 30


def test_an_estimate_is_units_times_rates_of_the_newest_run_that_fits() -> None:
    work = Work("tiny", 256, {"phantom": 10, "slice": 100}, n_stored=10)
    known = (
        Rates("ship", 256, {"phantom": 99.0, "slice": 99.0}, 1, "2026-11-21"),
        Rates("tiny", 256, {"phantom": 5.0, "slice": 0.1}, 2_000_000_000, "2026-11-20"),
        Rates("tiny", 256, {"phantom": 1.0, "slice": 1.0}, 1, "2026-11-01"),
    )
    cost = estimate(work, known)
    assert cost.seconds == 60.0
    assert cost.peak_bytes == 2_000_000_000
    assert cost.basis == "the run of 2026-11-20"
    assert cost.disk_bytes == 10 * 135 * 256 * 256 * 3
    refined = estimate(replace(work, refines=True), known)
    assert refined.disk_bytes == 10 * 135 * 256 * 256 * 5


def test_without_a_run_that_fits_no_time_is_invented() -> None:
    work = Work("tiny", 256, {"phantom": 10}, n_stored=10)
    cost = estimate(work, (Rates("tiny", 512, {"phantom": 1.0}),))
    assert cost.seconds is None
    assert "not measured" in cost.basis


def test_rates_of_another_version_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "rates.json").write_text('{"schema_version": 9}')
    assert Rates.read(tmp_path / "rates.json") is None
