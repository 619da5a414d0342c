"""What is known of a form's fields without an entry: from measures, decisions and the tree."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from pe_models.findings import Findings
from pe_models.imaging.geometry import Geometry
from pe_viewer.display.measuring import length_mm
from pe_viewer.draft.model_lines import model_line
from pe_viewer.form.answers import BolusQuality, Presence, Source
from pe_viewer.form.ctpa_form import MOST_MM, CtpaForm, Diameter
from pe_viewer.review import DecisionState, Review, Structure

GOOD_HU: Final = 211.0
"""From here every clot stands out, also a chronic one (Wittram, AJR 2007;188:1255-1261)."""
POOR_HU: Final = 150.0
"""Below it, the trunk is not called opacified (``pe_models.quality``)."""

WIDTH_FIELDS: Final = {"rv": Structure.RV, "lv": Structure.LV, "trunk": Structure.TRUNK}
"""The fields that a line across a structure fills."""


def completed(review: Review, geometry: Geometry, findings: Findings | None) -> CtpaForm:
    """The form of a review with what is known in the fields left open, each with its source.

    An entry of the reader's always stands. Of Findings only what was measured in the pixels is
    taken, never what a model says, but for its lines that the reader took over as they are. A
    signed form is given back as it was signed.
    """
    if review.sign_off is not None:
        return review.form
    form = review.form
    for name, value, source in _known(review, geometry, findings):
        if getattr(form, name) is None:
            form = replace(form, **{name: value}, sources={**form.sources, name: source})
    return _with_what_follows(form)


def bolus_of(hu: float) -> BolusQuality:
    """What attenuation in the pulmonary trunk allows to be seen."""
    if hu >= GOOD_HU:
        return BolusQuality.GOOD
    return BolusQuality.LIMITED if hu >= POOR_HU else BolusQuality.POOR


def _known(
    review: Review, geometry: Geometry, findings: Findings | None
) -> Iterator[tuple[str, Any, Source]]:
    for name, structure in WIDTH_FIELDS.items():
        line = review.width_of(structure)
        mm = 0.0 if line is None else length_mm(line, geometry.spacing_mm[1:])
        if line is not None and 0.0 < mm <= MOST_MM:
            is_models = line == model_line(findings, structure)
            source = Source.MODEL_LINE if is_models else Source.MEASUREMENT
            yield name, Diameter(round(mm, 1), line.slice_index), source
    if findings is not None and findings.quality.pulmonary_artery_hu is not None:
        yield "bolus_hu", round(findings.quality.pulmonary_artery_hu), Source.PIXELS
    states = {decision.state for decision in review.decisions}
    if states & {DecisionState.ACCEPTED, DecisionState.ADDED}:
        yield "presence", Presence.PRESENT, Source.DECISIONS


def _with_what_follows(form: CtpaForm) -> CtpaForm:
    """The fields that other fields answer."""
    follows: dict[str, tuple[Any, Source]] = {}
    if form.sites:
        follows["presence"] = Presence.PRESENT, Source.TREE
        follows["level"] = form.most_proximal_level, Source.TREE
    if form.bolus_hu is not None:
        follows["bolus"] = bolus_of(form.bolus_hu), Source.PIXELS
    for name, (value, source) in follows.items():
        if getattr(form, name) is None:
            form = replace(form, **{name: value}, sources={**form.sources, name: source})
    return form
