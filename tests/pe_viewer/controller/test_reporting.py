"""The form on the way to its sign-off: what is asked, what is refused, and what is kept."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread

from pe_viewer.controller.reporting import refusal_to_sign
from pe_viewer.display.looks import Tool
from pe_viewer.draft.rules import Breach, Severity, check, unresolved
from pe_viewer.form.answers import Acuity, Language, Presence
from pe_viewer.form.ctpa_form import CtpaForm
from pe_viewer.library.review_json import reading_to_json
from pe_viewer.review import Decision, Length, Structure
from pe_viewer.state import Phase

WriteCt = Callable[..., NDArray[np.int16]]
RV = Length(4, (10.0, 5.0), (10.0, 55.0), Structure.RV)  # 50 cols of 0.8 mm: 40 mm
LV = Length(4, (20.0, 10.0), (20.0, 50.0), Structure.LV)  # 32 mm


@pytest.fixture
def open_bench(bench, write_ct: WriteCt, tmp_path: Path):  # type: ignore[no-untyped-def]
    """A bench with a study open, nothing analysed, every slice viewed."""
    write_ct(tmp_path / "study")
    bench.open(tmp_path / "study")
    all_viewed = bench.state.snapshot.viewed.with_slices(range(12))
    bench.state.update(viewed=all_viewed)
    return bench


def _fill_in_negative(bench) -> None:  # type: ignore[no-untyped-def]
    bench.controller.reporting.set_form(CtpaForm(presence=Presence.ABSENT))


def test_an_entry_can_be_undone_and_redone(open_bench) -> None:
    reporting, state = open_bench.controller.reporting, open_bench.state
    reporting.set_form(CtpaForm(presence=Presence.ABSENT))
    reporting.set_form(replace(state.snapshot.review.form, strain=Presence.ABSENT))
    open_bench.controller.reviewing.undo()
    assert state.snapshot.review.form.strain is None
    assert state.snapshot.review.form.presence is Presence.ABSENT
    open_bench.controller.reviewing.undo()
    assert state.snapshot.review.form == CtpaForm()
    open_bench.controller.reviewing.redo()
    assert state.snapshot.review.form.presence is Presence.ABSENT


def test_the_form_takes_the_language_of_the_preferences(open_bench, tmp_path: Path) -> None:
    open_bench.settings.change(report_language="de")
    open_bench.controller.opening.close_study()
    open_bench.open(tmp_path / "study")
    assert open_bench.state.snapshot.draft.form.language is Language.GERMAN
    _fill_in_negative(open_bench)
    assert open_bench.state.snapshot.review.form.language is Language.GERMAN
    assert open_bench.state.snapshot.draft.impression == "Keine Lungenembolie."


def test_one_ventricle_after_the_other_gives_the_ratio(open_bench) -> None:
    controller, state = open_bench.controller, open_bench.state
    controller.appearance.use_tool("RV")
    for line, tool in ((RV, Tool.LV), (LV, Tool.WINDOW)):
        controller.reviewing.add_measure(line)
        controller.reporting.go_on_measuring(line)
        assert state.snapshot.tool is tool
    assert state.snapshot.draft.form.rv_lv_ratio == pytest.approx(1.25)
    controller.reviewing.undo()
    assert state.snapshot.draft.form.rv_lv_ratio is None


def test_signing_locks_form_decisions_and_measures(open_bench) -> None:
    controller, state = open_bench.controller, open_bench.state
    _fill_in_negative(open_bench)
    controller.reporting.sign(" Dr. Weiß ")
    review = state.snapshot.review
    assert review.sign_off.reader == "Dr. Weiß"
    assert (review.sign_off.n_viewed, review.sign_off.n_slices) == (12, 12)
    assert review.sign_off.signed_at.tzinfo is not None
    assert review.form.impression == "No pulmonary embolism."
    controller.reporting.set_form(CtpaForm(presence=Presence.PRESENT))
    controller.reviewing.decide_on(Decision.added(3))
    controller.reviewing.add_measure(RV)
    controller.reviewing.toggle_key_slice()
    controller.reviewing.undo()
    controller.reporting.sign("Somebody else")
    assert state.snapshot.review == review


def test_a_pasted_name_is_one_line_without_controls(open_bench) -> None:
    _fill_in_negative(open_bench)
    open_bench.controller.reporting.sign("Dr.\vWeiß\x1f\r\n")
    open_bench.controller.reporting.add_addendum("\x07Dr.\tBlau", "Ward was called.")
    sign_off = open_bench.state.snapshot.review.sign_off
    assert (sign_off.reader, sign_off.addenda[0].reader) == ("Dr. Weiß", "Dr. Blau")
    assert open_bench.settings.settings.reader_name == "Dr. Weiß"


def test_the_readers_name_is_remembered(open_bench) -> None:
    _fill_in_negative(open_bench)
    open_bench.controller.reporting.sign("Dr. Weiß")
    assert open_bench.settings.settings.reader_name == "Dr. Weiß"
    assert open_bench.state.snapshot.reader_name == "Dr. Weiß"


def test_a_signature_verifies_only_where_the_site_says_so(open_bench) -> None:
    _fill_in_negative(open_bench)
    open_bench.settings.change(verifying_organization="St. Ida")
    open_bench.controller.reporting.sign("Dr. Weiß")
    assert open_bench.state.snapshot.review.sign_off.organization == "St. Ida"


@pytest.mark.parametrize(("organization", "flag"), [("", "UNVERIFIED"), ("St. Ida", "VERIFIED")])
def test_a_signed_reading_is_a_complete_document(
    open_bench, tmp_path: Path, organization: str, flag: str
) -> None:
    _fill_in_negative(open_bench)
    open_bench.settings.change(verifying_organization=organization)
    open_bench.controller.reporting.sign("Dr. Weiß")
    open_bench.controller.reporting.add_addendum("Dr. Weiß", "Ward was called.")
    open_bench.controller.exporting.export(tmp_path / "out", ("sr",))
    open_bench.wait(lambda s: s.exporting.phase is Phase.DONE)
    (file,) = (tmp_path / "out").iterdir()
    document = dcmread(file)
    assert (document.CompletionFlag, document.VerificationFlag) == ("COMPLETE", flag)
    assert b"Ward was called." in file.read_bytes()


def test_open_points_and_a_missing_name_stand_against_signing(open_bench) -> None:
    controller, state = open_bench.controller, open_bench.state
    controller.reporting.sign("Dr. Weiß")
    assert "2 points need" in state.snapshot.notice
    assert state.snapshot.review.sign_off is None
    _fill_in_negative(open_bench)
    controller.reporting.sign(" \x07 ")
    assert state.snapshot.notice == "Your name is needed to sign"
    assert state.snapshot.review.sign_off is None


def test_a_reason_lets_sign_and_is_kept_with_the_words_it_was_given_for(open_bench) -> None:
    controller, state = open_bench.controller, open_bench.state
    controller.reporting.set_form(
        CtpaForm(presence=Presence.ABSENT, acuity=Acuity.ACUTE, impression="No PE.")
    )
    (breach,) = unresolved(state.snapshot.draft)
    controller.reporting.override(breach, "  age of the old clot ")
    assert unresolved(state.snapshot.draft) == ()
    controller.reporting.override(breach, "")
    assert unresolved(state.snapshot.draft) == (breach,)
    controller.reporting.override(breach, "age of the old clot")
    controller.reporting.sign("Dr. Weiß")
    (kept,) = state.snapshot.review.form.overrides
    assert (kept.rule_id, kept.reason) == ("absent-with-details", "age of the old clot")


def test_an_open_first_read_is_locked_before_signing(
    bench, write_ct: WriteCt, tmp_path: Path
) -> None:
    write_ct(tmp_path / "study")
    bench.settings.change(second_reader=True)
    bench.open(tmp_path / "study")
    bench.analyze()
    snapshot = bench.state.snapshot
    assert snapshot.withholds_model
    assert snapshot.draft.findings is None
    assert snapshot.draft.form.is_empty or snapshot.draft.form.bolus_hu is None
    bench.controller.reporting.take_over_model_words()
    assert bench.state.snapshot.review.form == CtpaForm()
    assert "Lock your first read" in refusal_to_sign(snapshot, "Dr. Weiß")


def test_the_models_words_are_the_readers_only_once_taken_over(open_bench) -> None:
    controller, state = open_bench.controller, open_bench.state
    open_bench.analyze()
    _fill_in_negative(open_bench)
    assert "odel" not in state.snapshot.draft.impression
    controller.reporting.take_over_model_words()
    form = state.snapshot.review.form
    assert form.model_words.startswith("Model: flagged 0.94.")
    assert form.impression == f"No pulmonary embolism.\n\n{form.model_words}"
    controller.reviewing.undo()
    assert state.snapshot.review.form.model_words == ""


def test_a_begun_addendum_is_kept_until_it_is_added(open_bench) -> None:
    controller, state = open_bench.controller, open_bench.state
    controller.reporting.begin_addendum("Too early.")
    assert state.snapshot.review.begun_addendum == ""
    _fill_in_negative(open_bench)
    controller.reporting.sign("Dr. Weiß")
    controller.reporting.begin_addendum("The nodule is")
    assert state.snapshot.review.begun_addendum == "The nodule is"
    assert state.snapshot.review.sign_off.addenda == ()
    controller.reporting.add_addendum("Dr. Å", "The nodule is old.")
    assert state.snapshot.review.begun_addendum == ""
    assert len(state.snapshot.review.sign_off.addenda) == 1


def test_a_begun_reason_is_kept_over_other_steps_until_it_is_given(open_bench) -> None:
    controller, state = open_bench.controller, open_bench.state
    controller.reporting.set_form(CtpaForm(presence=Presence.ABSENT, acuity=Acuity.ACUTE))
    breach = check(state.snapshot.draft)[0]
    controller.reporting.begin_reason(breach, "old cl")
    assert breach in unresolved(state.snapshot.draft)
    controller.reviewing.toggle_key_slice()
    controller.reviewing.undo()
    assert state.snapshot.review.begun_reasons == {breach.rule_id: "old cl"}
    controller.reporting.override(breach, "old clot")
    assert state.snapshot.review.begun_reasons == {}
    assert breach not in unresolved(state.snapshot.draft)


def test_a_begun_reason_goes_with_the_signature(open_bench) -> None:
    controller, state = open_bench.controller, open_bench.state
    _fill_in_negative(open_bench)
    breach = Breach("rule", Severity.NOTE, "Words.")
    controller.reporting.begin_reason(breach, "be")
    controller.reporting.sign("Dr. Weiß")
    controller.reporting.begin_reason(breach, "begun")
    assert state.snapshot.review.begun_reasons == {}


def test_an_addendum_is_added_and_what_was_signed_stays(open_bench) -> None:
    controller, state = open_bench.controller, open_bench.state
    controller.reporting.add_addendum("Dr. Weiß", "Too early.")
    assert state.snapshot.review.sign_off is None
    _fill_in_negative(open_bench)
    controller.reporting.sign("Dr. Weiß")
    signed = state.snapshot.review
    controller.reporting.add_addendum("Dr. Å", " The nodule is old. ")
    controller.reporting.add_addendum("Dr. Å", "   ")
    (addendum,) = state.snapshot.review.sign_off.addenda
    assert (addendum.reader, addendum.text) == ("Dr. Å", "The nodule is old.")
    assert state.snapshot.review.form == signed.form
    assert state.snapshot.review.sign_off.signed_at == signed.sign_off.signed_at


def test_a_signed_report_is_signed_when_it_is_opened_again(open_bench, tmp_path: Path) -> None:
    _fill_in_negative(open_bench)
    open_bench.controller.reporting.sign("Dr. Weiß")
    signed = open_bench.state.snapshot.review
    open_bench.controller.opening.close_study()
    open_bench.open(tmp_path / "study")
    assert open_bench.state.snapshot.review == signed
    kept = json.loads(
        reading_to_json(
            open_bench.controller.autosave.reading_of(open_bench.state.snapshot.series.key)
        )
    )
    assert kept["sign_off"]["reader"] == "Dr. Weiß"


def test_nothing_can_be_signed_while_nothing_is_open(bench) -> None:
    assert refusal_to_sign(bench.state.snapshot, "Dr. Weiß") == "Open a study first"
    bench.controller.reporting.sign("Dr. Weiß")
    assert bench.state.snapshot.notice == "Open a study first"
