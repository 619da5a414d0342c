"""The words on screen: tables complete, numbers true, names as people write them."""

from dataclasses import replace

import pytest

from pe_models.findings import (
    ArteryLevel,
    BundleStamp,
    Crop,
    Findings,
    Flag,
    MarkedPlace,
    Quality,
    QualityCode,
    QualityWarning,
    Side,
    SliceScore,
    Verdict,
    Zone,
)
from pe_models.imaging.warnings import WarningCode
from pe_models.imaging.window import Window
from pe_models.labels import EXAM_LABELS
from pe_models.tasks import HEMORRHAGE, TASKS
from pe_viewer.display import texts
from pe_viewer.review import DecisionState, RejectionReason

STAMP = BundleStamp("pe-test", "1", "0" * 64, "phantoms", "phantoms")


def findings(
    verdict: Verdict, *flags: Flag, quality: Quality | None = None, has_numbers: bool = True
) -> Findings:
    scores = [0.03] * 10
    for flag in flags:
        scores[flag.peak] = flag.score
    return Findings(
        task="pe",
        bundle=STAMP,
        study_uid="1",
        series_uid="2",
        spacing_mm=(1.5, 0.7, 0.7),
        crop=Crop(0, 4, 0, 4),
        slices=tuple(
            SliceScore(k, 10 - k if has_numbers else None, None, f"3.{k}", 1.5 * k, p, p, {"pe": p})
            for k, p in enumerate(scores)
        ),
        exam={},
        verdict=verdict,
        zone=Zone.UNCERTAIN,
        flags=flags,
        flag_threshold=0.3,
        quality=quality or Quality(),
    )


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        (texts.LABEL_TEXTS, {*EXAM_LABELS, *(n for task in TASKS.values() for n in task.labels)}),
        (texts.SHORT_LABEL_TEXTS, set(HEMORRHAGE.labels)),
        (texts.QUALITY_TEXTS, set(QualityCode)),
        (texts.ZONE_TEXTS, set(Zone)),
        (texts.WARNING_TEXTS, set(WarningCode)),
        (texts.DECISION_TEXTS, set(DecisionState)),
        (texts.REASON_TEXTS, set(RejectionReason)),
    ],
)
def test_every_table_of_words_is_complete(table: dict[str, str], keys: set[str]) -> None:
    assert set(table) == keys
    assert all(table.values())


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("DOE^JANE", "DOE, Jane"),
        ("Doe^Jane^Q", "Doe, Jane Q"),
        ("O'BRIEN^ANNA-LENA", "O'BRIEN, Anna-Lena"),
        ("de la Cruz^María", "de la Cruz, María"),
        ("DOE^JOHN^^^JR", "DOE, John, JR"),
        ("PHANTOM", "PHANTOM"),
        ("Yamada^Tarou=山田^太郎", "Yamada, Tarou"),
        ("=山田^太郎", "山田, 太郎"),
        ("^JANE", "Jane"),
        ("^^", ""),
        ("", ""),
    ],
)
def test_names_are_shown_as_people_write_them(written: str, shown: str) -> None:
    assert texts.person_name(written) == shown


@pytest.mark.parametrize(
    ("score", "shown"),
    [
        (0.94217, "0.94"),
        (0.0, "0.00"),
        (0.001, "< 0.01"),
        (0.999, "> 0.99"),
        (1.0, "1.00"),
        (0.5, "0.50"),
    ],
)
def test_a_score_has_two_digits_and_is_never_rounded_to_certainty(score: float, shown: str) -> None:
    assert texts.score_text(score) == shown


def test_dates_times_and_ages_are_written_out() -> None:
    assert texts.date_text("20261120") == "2026-11-20"
    assert texts.date_text("about 1990") == "about 1990"
    assert texts.time_text("140533.120") == "14:05"
    assert texts.time_text("") == ""
    assert texts.age_text("063Y") == "63 y"
    assert texts.age_text("009M") == "9 mo"
    assert texts.age_text("63") == "63"


def test_another_sex_is_written_out() -> None:
    assert texts.age_and_sex("063Y", "F") == "63 y F"
    assert texts.age_and_sex("063Y", "O") == "63 y other"
    assert texts.age_and_sex("", "") == ""


def test_a_slice_is_named_as_pacs_names_it() -> None:
    assert texts.position_text(92, 183, 275, -112.5) == "Im 183/275  z -112.5 mm"
    assert texts.position_text(0, 1, 9, 4.0, axis="y") == "Im 1/9  y 4.0 mm"
    assert texts.position_text(0, 124, 1, 68.9) == "Im 124  z 68.9 mm"
    assert texts.position_text(4, None, 9, -0.01) == "slice 5/9  z 0.0 mm"


def test_a_window_is_named_width_first() -> None:
    assert texts.window_text(Window(700.0, 100.0)) == "W 700 L 100"


def test_the_verdict_is_one_of_three_sentences() -> None:
    flag = Flag(3, 4, 5, 0.94)
    assert texts.verdict_line(findings(Verdict.POSITIVE, flag)) == "Model: flagged 0.94"
    assert texts.verdict_line(findings(Verdict.NEGATIVE)) == "Model: nothing flagged"
    assert texts.verdict_line(findings(Verdict.INDETERMINATE)) == "Model: cannot say"


def test_a_negative_verdict_with_flags_says_so() -> None:
    given = findings(Verdict.NEGATIVE, Flag(3, 4, 5, 0.41))
    assert texts.verdict_line(given) == "Model: flagged 0.41"
    assert "as a whole scored negative" in texts.verdict_reason(given)


def test_an_indeterminate_verdict_names_each_reason_once() -> None:
    warned = QualityWarning(QualityCode.THICK_SLICES, "5 mm")
    other = QualityWarning(QualityCode.MOTION, "blurred")
    given = findings(Verdict.INDETERMINATE, quality=Quality(None, (warned, warned, other)))
    assert texts.verdict_reason(given) == "Slices too thick, motion"


def test_what_people_see_is_never_called_a_probability() -> None:
    assert texts.score_meaning(STAMP) == "model score (trained on phantoms)"
    clinical = replace(STAMP, calibrated_on="RSNA-STR 2020")
    assert texts.score_meaning(clinical) == "model score (calibrated on RSNA-STR 2020)"


def test_a_run_is_named_by_its_instance_numbers_in_their_own_order() -> None:
    run, single = Flag(2, 3, 6, 0.5, ("left", "right")), Flag(4, 4, 4, 0.5)
    assert texts.run_text(findings(Verdict.POSITIVE, run), run) == "Im 4–8  left, right"
    assert texts.run_text(findings(Verdict.POSITIVE, single), single) == "Im 6"
    unnumbered = findings(Verdict.POSITIVE, run, has_numbers=False)
    assert texts.run_text(unnumbered, run) == "slice 3–7  left, right"


def test_a_run_is_told_with_its_level_where_that_says_more_than_the_side() -> None:
    lobar = Flag(4, 4, 4, 0.5, ("left",), ArteryLevel.LOBAR)
    central = Flag(4, 4, 4, 0.5, ("central",), ArteryLevel.CENTRAL)
    assert texts.run_text(findings(Verdict.POSITIVE, lobar), lobar) == "Im 6  left, lobar"
    assert texts.run_text(findings(Verdict.POSITIVE, central), central) == "Im 6  central"
    place = MarkedPlace(4, 1.0, 2.0, 0.9, Side.CENTRAL, ArteryLevel.CENTRAL)
    assert texts.place_text(place) == "central"
    assert texts.place_text(replace(place, side=Side.RIGHT)) == "right, central"
    assert texts.place_text(replace(place, level=None)) == "central"


def test_time_left_is_told_in_the_unit_that_matters() -> None:
    assert texts.time_left_text(0.2) == "1 s left"
    assert texts.time_left_text(12.4) == "12 s left"
    assert texts.time_left_text(170.0) == "3 min left"


def test_large_counts_are_grouped() -> None:
    assert texts.count_text(1, "file", "files") == "1 file"
    assert texts.count_text(20_000, "file", "files") == "20,000 files"


def test_a_scan_says_how_far_it_is_once_it_knows_how_far_it_goes() -> None:
    assert texts.headers_text(0, 0) == "Looking for files"
    assert texts.headers_text(640, 0) == "Looking for files  640"
    assert texts.headers_text(1240, 2000) == "Reading headers  1,240 of 2,000"
