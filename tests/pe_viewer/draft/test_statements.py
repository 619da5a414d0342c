"""What sentences state, in English and German, denials and what only looks like one."""

import pytest

from pe_viewer.draft.statements import statements_of
from pe_viewer.form.answers import Acuity, Level, Presence
from pe_viewer.form.sites import Side

ABSENT, PRESENT, OPEN = Presence.ABSENT, Presence.PRESENT, Presence.INDETERMINATE


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("No pulmonary embolism.", {ABSENT}),
        ("No evidence of acute PE", {ABSENT}),
        ("Pulmonary embolism is excluded.", {ABSENT}),
        ("Keine Lungenembolie.", {ABSENT}),
        ("Kein Hinweis auf eine Lungenarterienembolie", {ABSENT}),
        ("Lungenembolie ausgeschlossen.", {ABSENT}),
        ("Acute pulmonary embolism.", {PRESENT}),
        ("Segmental embolus in left A9; no infarct.", {PRESENT}),
        ("Acute PE, no right heart strain.", {PRESENT}),
        ("Akute Lungenembolie beidseits", {PRESENT}),
        ("No central pulmonary embolism.", set()),
        ("Pulmonary embolism can neither be shown nor excluded.", {OPEN}),
        ("Eine LAE lässt sich nicht sicher ausschließen.", {OPEN}),
        ("Heart size normal.", set()),
        ("", set()),
    ],
)
def test_presence_is_read_from_a_sentence(text: str, stated: set[Presence]) -> None:
    assert statements_of(text).embolism == stated


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("No right heart strain.", {ABSENT}),
        ("Acute PE without RV strain", {ABSENT}),
        ("Right ventricular dysfunction.", {PRESENT}),
        ("Keine Rechtsherzbelastung", {ABSENT}),
        ("Rechtsherzbelastung: RV/LV 1,25.", {PRESENT}),
    ],
)
def test_strain_is_read_from_a_sentence(text: str, stated: set[Presence]) -> None:
    assert statements_of(text).strain == stated


def test_sides_levels_and_age_are_those_of_the_embolus() -> None:
    said = statements_of("Acute lobar PE on the left. Nodule in the right upper lobe.")
    assert (said.sides, said.levels, said.acuities) == ({Side.LEFT}, {Level.LOBAR}, {Acuity.ACUTE})


def test_the_right_heart_is_no_side_and_a_central_defect_no_level() -> None:
    said = statements_of("Left segmental PE with a central filling defect and right heart strain")
    assert (said.sides, said.levels) == ({Side.LEFT}, {Level.SEGMENTAL})


@pytest.mark.parametrize("text", ["RV/LV 1.25", "RV/LV ratio of 1,25", "rv / lv: 1.25."])
def test_the_ratio_is_read_with_either_decimal_mark(text: str) -> None:
    assert statements_of(text).rv_lv_ratio == 1.25


def test_subsegmental_is_not_segmental() -> None:
    assert statements_of("Subsegmental PE").levels == {Level.SUBSEGMENTAL}
