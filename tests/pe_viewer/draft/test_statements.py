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
    "text",
    [
        "Pulmonary embolism was ruled out.",
        "PE is ruled out.",
        "PE has been excluded.",
        "PE not identified.",
        "Pulmonary emboli are not seen.",
        "Emboli no longer visible.",
        "Negative PE study.",
        "Negative CT PE study",
        "PE protocol CT: negative.",
        "Study negative for PE.",
        "Pulmonary arteries are free of emboli.",
        "Pulmonary arteries clear of filling defects, no emboli.",
        "PE protocol CT. No acute pulmonary embolism.",
        "CT to exclude PE. No evidence of PE.",
        "No evidence of pulmonary embolism (PE).",
        "No CT evidence for pulmonary thromboembolism.",
        "Normal study without pulmonary embolism.",
        "There is neither pulmonary embolism nor effusion.",
        "No effusion nor PE.",
        "No acute, subacute or chronic PE.",
        "No central, lobar, segmental or subsegmental pulmonary embolism.",
        "CT does not show pulmonary emboli.",
        "This study excludes PE.",
        "Pulmonary embolism: none.",
        "Keine LE.",
        "LE ausgeschlossen.",
        "Lungenembolie: keine.",
        "Lungenembolie nicht nachweisbar.",
        "Lungenembolien nicht nachgewiesen.",
        "Eine Lungenembolie liegt nicht vor.",
        "Pulmonalarterien frei von Embolien.",
        "Kein Nachweis einer Lungenembolie.",
        "Keine Hinweise auf eine LAE.",
        "Kein Anhalt für Lungenarterienembolie.",
        "Ohne Nachweis einer LE.",
        "Ausschluss einer Lungenembolie.",
        "Weder Lungenembolie noch Erguss.",
        "Die Untersuchung schließt eine Lungenembolie aus.",
    ],
)
def test_a_denial_is_read_as_one(text: str) -> None:
    assert statements_of(text).embolism == {ABSENT}


@pytest.mark.parametrize(
    "text",
    [
        "Pulmonary embolism cannot be excluded.",
        "PE is not ruled out.",
        "PE can not be completely ruled out.",
        "This does not exclude pulmonary embolism.",
        "PE unlikely.",
        "Eine Lungenembolie ist nicht auszuschliessen.",
        "LE nicht auszuschließen.",
        "LE nicht sicher ausgeschlossen.",
        "Lungenembolie kann nicht ausgeschlossen werden.",
        "Die Untersuchung schließt eine Lungenembolie nicht aus.",
        "Eine LE kann weder nachgewiesen noch ausgeschlossen werden.",
    ],
)
def test_what_cannot_be_excluded_is_not_denied(text: str) -> None:
    assert statements_of(text).embolism == {OPEN}


@pytest.mark.parametrize(
    "text",
    [
        "Embolism in the right lower lobe, left free of emboli.",
        "Embolism in the right lower lobe and no emboli on the left.",
        "Right lower lobe PE, central PE excluded.",
        "Acute PE right lower lobe with bilateral effusions.",
        "Acute PE without infarct.",
        "No right heart strain in this patient with acute PE.",
        "No effusion, acute PE on the right.",
        "No effusion, segmental PE on the right.",
        "No strain in acute PE.",
        "No change in the known pulmonary emboli.",
        "No significant progression of PE.",
        "Keine Zunahme der Lungenembolien.",
        "Positive PE study.",
        "LE rechts, links keine Embolien.",
        "Lungenembolie im rechten Unterlappen, linke Lunge frei von Embolien.",
        "Akute LE ohne Rechtsherzbelastung.",
        "Keine Rechtsherzbelastung bei akuter Lungenembolie.",
        "Thromboembolie links.",
    ],
)
def test_a_denial_beside_an_embolus_takes_nothing_from_it(text: str) -> None:
    assert statements_of(text).embolism == {PRESENT}


@pytest.mark.parametrize(
    "text",
    [
        "PE protocol CT.",
        "CT to rule out pulmonary embolism.",
        "Frage nach Lungenembolie.",
        "Zum Ausschluss einer LE.",
        "Left lung free of emboli.",
        "No emboli on the right.",
        "No new PE.",
        "Keine zentrale Lungenembolie.",
        "No LE DVT.",
    ],
)
def test_the_examination_its_question_and_a_part_are_no_statement(text: str) -> None:
    assert statements_of(text).embolism == set()


def test_a_side_that_is_denied_is_not_named() -> None:
    said = statements_of("Segmental embolism in the right lower lobe, left free of emboli.")
    assert (said.sides, said.levels) == ({Side.RIGHT}, {Level.SEGMENTAL})


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
