"""States of the report's form: half filled in, and signed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from pe_models.imaging.volume import LoadedSlices
from pe_viewer.draft.impression import compose
from pe_viewer.form.answers import Acuity, Degree, Incidental, Presence, Septum, Sign
from pe_viewer.form.ctpa_form import CtpaForm, Diameter
from pe_viewer.form.sign_off import Addendum, SignOff
from pe_viewer.form.sites import ArterialSite, Occlusion
from pe_viewer.state import ReviewSnapshot

READER = "Dr. Weiss"
FORM = CtpaForm(
    motion=Degree.NONE,
    beam_hardening=Degree.MILD,
    acuity=Acuity.ACUTE,
    sites={
        ArterialSite.RIGHT_INTERLOBAR: Occlusion.PARTIAL,
        ArterialSite.RIGHT_A9: Occlusion.COMPLETE,
        ArterialSite.LEFT_A10: Occlusion.SUBSEGMENTAL,
    },
    signs=frozenset({Sign.CENTRAL_DEFECT}),
    rv=Diameter(46.0),
    lv=Diameter(41.0),
    strain=Presence.ABSENT,
    septum=Septum.FLATTENED,
    infarct=Presence.ABSENT,
    incidental={Incidental.NODULE: "7 mm, right upper lobe"},
)


def report_states(reviewed: ReviewSnapshot) -> Mapping[str, ReviewSnapshot]:
    """The form beside an analysis of which some flags were decided upon, before and after."""
    drafted = replace(
        reviewed,
        shows_report=True,
        review=replace(reviewed.review, form=FORM),
        viewed=LoadedSlices.all_of(reviewed.n_slices),
        notice="",
    )
    return {"report": drafted, "report-signed": _signed(drafted)}


def _signed(drafted: ReviewSnapshot) -> ReviewSnapshot:
    draft = drafted.draft
    if draft is None:
        raise ValueError("nothing is open")
    form = replace(draft.form, strain=Presence.PRESENT)
    addendum = Addendum(READER, datetime(2026, 11, 22, 9, 0, tzinfo=UTC), "Nodule known since 2019")
    signed = SignOff(
        READER,
        datetime(2026, 11, 21, 14, 30, tzinfo=UTC),
        n_viewed=drafted.n_slices,
        n_slices=drafted.n_slices,
        addenda=(addendum,),
    )
    form = replace(form, impression=compose(form))
    review = replace(drafted.review, form=form, sign_off=signed)
    return replace(drafted, review=review, reader_name=READER)
