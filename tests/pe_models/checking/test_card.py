"""The card of a check: green where all is as stored, red with a reason where it is not."""

import json
from dataclasses import replace

import pytest

from pe_models.checking.card import (
    CheckCard,
    drift_of,
    history_file,
    keep_card,
    problems_of,
    read_cards,
    usual_ms_of,
)
from pe_models.checking.reference import Reference, StudyResult

STORED = Reference(
    "tiny 1", "a" * 64, "2.3.0", "2026-11-21", "cpu",
    (StudyResult("one", 2, 2, 0, (0.1, 0.9)), StudyResult("two", 0, 0, 1, (0.2, 0.3))),
)  # fmt: skip

GREEN = CheckCard(
    "2026-11-21T10:00:00+00:00", "tiny 1", "a" * 64, "software 1", "cpu", 2, 2, 2, 1, 30.0,
    n_found_stored=2, n_false_flags_stored=1, drift=0.0,
)  # fmt: skip


def changed(place: int, **changes: object) -> tuple[StudyResult, ...]:
    studies = list(STORED.studies)
    studies[place] = replace(studies[place], **changes)  # type: ignore[arg-type]
    return tuple(studies)


def problems(measured: tuple[StudyResult, ...], usual_ms: float | None = None) -> tuple[str, ...]:
    return problems_of(measured, STORED, ms_a_slice=100.0, usual_ms=usual_ms)


def test_what_is_as_stored_is_green() -> None:
    assert problems(STORED.studies) == ()


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (changed(0, n_found=1), "Emboli found: 1; it should be 2"),
        (changed(1, n_false_flags=2), "False flags: 2; it should be 1"),
        (changed(0, scores=(0.1, 0.88)), "lies 0.020 from the stored one"),
        (changed(0, name="another"), "others than the stored results"),
    ],
)
def test_what_is_not_as_stored_is_red_with_its_reason(
    measured: tuple[StudyResult, ...], words: str
) -> None:
    assert words in problems(measured)[0]


def test_a_better_result_is_no_problem() -> None:
    assert problems(changed(1, n_false_flags=0)) == ()


def test_three_times_the_usual_time_is_red_and_no_less() -> None:
    assert "usually takes 33 ms" in problems(STORED.studies, usual_ms=33.0)[0]
    assert problems(STORED.studies, usual_ms=34.0) == ()


def test_the_drift_is_the_largest_difference_of_any_score() -> None:
    assert drift_of(changed(1, scores=(0.2, 0.34)), STORED) == pytest.approx(0.04)
    assert drift_of(changed(1, scores=(0.2,)), STORED) == 1.0


def test_the_usual_time_is_known_after_three_green_checks_of_the_same_bundle_and_device() -> None:
    cards = [replace(GREEN, ms_a_slice=ms) for ms in (10.0, 30.0, 20.0)]
    red = replace(GREEN, ms_a_slice=900.0, problems=("slow",))
    other = replace(GREEN, ms_a_slice=1.0, device="cuda")
    assert usual_ms_of([*cards[:2], red, other], GREEN.bundle_sha256, "cpu") is None
    assert usual_ms_of([*cards, red, other], GREEN.bundle_sha256, "cpu") == 20.0


def test_cards_are_kept_in_their_order_and_a_spoilt_line_is_passed_over() -> None:
    red = replace(GREEN, problems=("Emboli found: 1; it should be 2.",))
    keep_card(GREEN)
    with history_file().open("a") as file:
        file.write('{"schema_ver\n' + json.dumps({"schema_version": 99}) + "\n")
    keep_card(red)
    assert read_cards() == (GREEN, red)
    assert [card.is_green for card in read_cards()] == [True, False]


def test_where_nothing_was_checked_there_is_no_card() -> None:
    assert read_cards() == ()
