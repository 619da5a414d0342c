"""CtpaForm: what a reader says of one CT pulmonary angiography, field by field. Frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from pe_viewer.form.answers import (
    Acuity,
    BolusQuality,
    Degree,
    Incidental,
    Language,
    Level,
    Presence,
    Reflux,
    Septum,
    Sign,
    Source,
)
from pe_viewer.form.burden import BurdenScores, burden_of
from pe_viewer.form.sites import SEGMENTS, ArterialSite, Occlusion, Side

MOST_MM: Final = 150.0
"""No diameter of a heart or a vessel is wider."""


@dataclass(frozen=True, slots=True)
class Diameter:
    """Millimetres, and the slice they were measured on; None where the reader typed a number."""

    mm: float
    slice_index: int | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.mm <= MOST_MM:
            raise ValueError(f"a diameter of {self.mm} mm; it must be above 0 and up to {MOST_MM}")


@dataclass(frozen=True, slots=True)
class Override:
    """Why the reader signs although a rule of the consistency check is not met.

    ``words`` are what the rule said when it was overridden: where it says something else later, the
    override counts no more.
    """

    rule_id: str
    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class CtpaForm:
    """The fields of a CTPA report. None (or nothing in a collection) means: not answered.

    Nothing here comes from a model but widths of lines that the reader took over. ``sources`` names
    the fields that the reader did not enter: the value was measured, or follows from other entries;
    a draft holds none, what a report is made from does (``draft.known.completed``).
    ``impression`` None is the text that follows from the fields, else the reader's own wording.
    ``model_words`` is what the reader took over from the model, word for word, "" where nothing.
    ``rv`` and ``lv`` are the widths of the ventricles, ``trunk`` the diameter of the pulmonary
    trunk. ``incidental`` maps to a description, which may be "". ``overrides`` are reasons against
    rules of the consistency check.
    """

    language: Language | None = None
    bolus_hu: float | None = None
    bolus: BolusQuality | None = None
    motion: Degree | None = None
    beam_hardening: Degree | None = None
    presence: Presence | None = None
    level: Level | None = None
    acuity: Acuity | None = None
    sites: Mapping[ArterialSite, Occlusion] = field(default_factory=dict)
    signs: frozenset[Sign] = frozenset()
    rv: Diameter | None = None
    lv: Diameter | None = None
    trunk: Diameter | None = None
    strain: Presence | None = None
    septum: Septum | None = None
    reflux: Reflux | None = None
    infarct: Presence | None = None
    incidental: Mapping[Incidental, str] = field(default_factory=dict)
    limitations: str = ""
    impression: str | None = None
    model_words: str = ""
    overrides: tuple[Override, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)

    def __post_init__(self) -> None:
        small = (s for s, how in self.sites.items() if how is Occlusion.SUBSEGMENTAL)
        if not set(small) <= set(SEGMENTS):
            raise ValueError("subsegmental branches belong to a segment")

    @property
    def is_empty(self) -> bool:
        """Whether nothing was entered or found; the language alone says nothing."""
        return replace(self, language=None) == CtpaForm()

    @property
    def rv_lv_ratio(self) -> float | None:
        """RV over LV (LOINC 59078-6 is the inverse); None unless both are known."""
        return None if self.rv is None or self.lv is None else self.rv.mm / self.lv.mm

    @property
    def burden(self) -> BurdenScores:
        return burden_of(self.sites)

    @property
    def sides(self) -> Side | None:
        """Where the emboli of the tree lie; None without any. The trunk belongs to both lungs."""
        sides = {site.side for site in self.sites}
        if not sides:
            return None
        return Side.BOTH if len(sides) > 1 or None in sides else sides.pop()

    @property
    def most_proximal_level(self) -> Level | None:
        """Of the emboli in the tree; None without any."""
        levels = {_level_of(site, how) for site, how in self.sites.items()}
        return next((level for level in Level if level in levels), None)

    def with_site(self, site: ArterialSite, occlusion: Occlusion | None) -> "CtpaForm":
        """This form with an artery occluded so, or free (None)."""
        others = {s: how for s, how in self.sites.items() if s is not site}
        chosen = others if occlusion is None else {**others, site: occlusion}
        return replace(self, sites={s: chosen[s] for s in ArterialSite if s in chosen})


def _level_of(site: ArterialSite, occlusion: Occlusion) -> Level:
    return Level.SUBSEGMENTAL if occlusion is Occlusion.SUBSEGMENTAL else site.level
