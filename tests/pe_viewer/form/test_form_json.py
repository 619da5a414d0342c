"""The form and its sign-off as JSON: everything comes back, and nothing else is taken."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pe_viewer.form.answers import Incidental, Presence, Sign, Source
from pe_viewer.form.ctpa_form import CtpaForm, Diameter, Override
from pe_viewer.form.form_json import (
    form_from_dict,
    form_to_dict,
    sign_off_from_dict,
    sign_off_to_dict,
)
from pe_viewer.form.sign_off import Addendum, SignOff
from pe_viewer.form.sites import SEGMENTS, ArterialSite, Occlusion

_DIAMETERS = st.none() | st.builds(
    Diameter,
    mm=st.floats(0.1, 150.0),
    slice_index=st.none() | st.integers(0, 2000),
)
_TREE = st.dictionaries(
    st.sampled_from(ArterialSite),
    st.sampled_from([how for how in Occlusion if how is not Occlusion.SUBSEGMENTAL]),
) | st.dictionaries(st.sampled_from(SEGMENTS), st.sampled_from(Occlusion))
_FORMS = st.builds(
    CtpaForm,
    sites=_TREE,
    rv=_DIAMETERS,
    lv=_DIAMETERS,
    trunk=_DIAMETERS,
    bolus_hu=st.none() | st.floats(-100, 1000),
    incidental=st.dictionaries(st.sampled_from(Incidental), st.text(max_size=20)),
    overrides=st.lists(st.builds(Override), max_size=3).map(tuple),
    sources=st.dictionaries(st.text(max_size=5), st.sampled_from(Source)),
)


@given(_FORMS)
def test_every_form_comes_back_from_json_as_it_was(form: CtpaForm) -> None:
    assert form_from_dict(json.loads(json.dumps(form_to_dict(form)))) == form


def test_a_signed_form_keeps_its_time_zone_and_addenda() -> None:
    addendum = Addendum("Dr. Müller", datetime(2026, 11, 22, 9, tzinfo=UTC), "Nodule seen before.")
    signed = SignOff("李医生", datetime(2026, 11, 21, 14, 5, tzinfo=UTC), 20, 20, "ab" * 32, "H")
    signed = signed.with_addendum(addendum)
    assert sign_off_from_dict(json.loads(json.dumps(sign_off_to_dict(signed)))) == signed


def test_a_deidentified_sign_off_tells_neither_who_nor_when() -> None:
    addendum = Addendum("Dr. A", datetime(2026, 11, 22, 9, tzinfo=UTC), "Words.")
    signed = SignOff("Dr. A", datetime(2026, 11, 21, 14, 5, tzinfo=UTC), organization="St. Ida")
    signed = signed.with_addendum(addendum)
    record = json.dumps(sign_off_to_dict(signed.without_identity()))
    assert "Dr. A" not in record
    assert "2026" not in record
    assert "St. Ida" not in record
    assert "Words." in record


def test_a_sign_off_kept_before_there_were_organizations_verifies_nothing() -> None:
    record = sign_off_to_dict(SignOff("Dr. A", None))
    del record["organization"]
    assert sign_off_from_dict(record).organization == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("presence", "perhaps"),
        ("sites", {"R-A11": "partial"}),
        ("sites", {"R-MAIN": "subsegmental branches only"}),
        ("rv", {"mm": -3.0, "slice_index": None}),
        ("lv", {"mm": 400.0, "slice_index": None}),
        ("signs", ["halo"]),
        ("incidental", []),
    ],
)
def test_what_is_no_form_is_refused(name: str, value: object) -> None:
    record = form_to_dict(CtpaForm(presence=Presence.PRESENT, signs=frozenset({Sign.WEBS})))
    with pytest.raises((ValueError, TypeError, AttributeError)):
        form_from_dict({**record, name: value})


def test_times_need_their_zone_and_addenda_their_words() -> None:
    with pytest.raises(ValueError, match="time zone"):
        SignOff("Dr. A", datetime(2026, 11, 21, 14, 5))
    with pytest.raises(ValueError, match="without words"):
        Addendum("Dr. A", datetime(2026, 11, 21, tzinfo=UTC), "  ")
    with pytest.raises(ValueError, match="30 of 20"):
        SignOff("Dr. A", None, 30, 20)
