"""A history is followed while it is written: curves, a log for people, and the pace."""

import json
from pathlib import Path

from pe_viewer.services.run_history import RunHistory


def line(stage: str, done: int, *, second: int = 0, **metrics: float) -> str:
    time = f"2026-11-21T10:00:{second:02d}+00:00"
    record = {"event": "progress", "time": time, "stage": stage, "done": done, "total": 10}
    return json.dumps({**record, "metrics": metrics}) + "\n"


def test_curves_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    history = RunHistory(path)
    assert not history.read_on()
    path.write_text(line("slice", 1, loss=2.0))
    assert history.read_on()
    with path.open("a") as file:
        file.write(line("slice", 2, loss=1.5, image_auc=0.7))
    history.read_on()
    assert history.curves() == {
        ("slice", "loss"): ((1.0, 2.0), (2.0, 1.5)),
        ("slice", "image_auc"): ((2.0,), (0.7,)),
    }


def test_a_line_that_is_not_whole_yet_waits_and_a_spoilt_one_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    whole = line("slice", 1, loss=2.0)
    path.write_text('{"event": "progr\n' + whole[:20])
    history = RunHistory(path)
    history.read_on()
    assert history.curves() == {}
    with path.open("a") as file:
        file.write(whole[20:])
    history.read_on()
    assert history.curves() == {("slice", "loss"): ((1.0,), (2.0,))}


def test_steps_that_a_resumed_run_takes_again_replace_the_old_ones(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    steps = [(1, 2.0), (2, 1.8), (3, 1.6), (2, 1.7), (3, 1.5)]
    path.write_text("".join(line("slice", done, loss=loss) for done, loss in steps))
    history = RunHistory(path)
    history.read_on()
    assert history.curves()["slice", "loss"] == ((1.0, 2.0, 3.0), (2.0, 1.7, 1.5))


def test_what_is_left_goes_by_the_pace_of_the_stage_in_hand(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    path.write_text(
        line("localizer", 9, second=0) + line("slice", 1, second=10) + line("slice", 4, second=16)
    )
    history = RunHistory(path)
    history.read_on()
    assert history.seconds_left() == 2.0 * 6


def test_the_log_names_each_stage_once_and_every_note(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    note = json.dumps({"event": "note", "time": "2026-11-21T10:00:05+00:00", "message": "halved"})
    path.write_text(line("crops", 1) + line("slice", 1) + line("slice", 2) + note + "\n")
    history = RunHistory(path)
    history.read_on()
    assert history.log() == ("10:00:00  crops", "10:00:00  slice", "10:00:05  halved")


def test_a_long_history_is_thinned_but_keeps_its_ends(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    path.write_text("".join(line("slice", done, loss=float(done)) for done in range(1, 3001)))
    history = RunHistory(path)
    history.read_on()
    steps, _ = history.curves()["slice", "loss"]
    assert len(steps) <= 602
    assert (steps[0], steps[-1]) == (1.0, 3000.0)
