"""Flags cut anew at a threshold that the reader chose, for looking; Findings stay as they are."""

from dataclasses import dataclass, replace
from typing import Final

from pe_models.findings import ArteryLevel, Findings, Flag
from pe_models.flagging import cut_flags
from pe_viewer.display.scores import shown_scores

LOWEST: Final = 0.01
HIGHEST: Final = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class Recut:
    """The runs of ``findings`` at ``threshold``; means nothing beside other Findings."""

    findings: Findings
    threshold: float
    flags: tuple[Flag, ...]

    @classmethod
    def at(cls, findings: Findings, threshold: float) -> "Recut":
        """Cut as the model's own flags are, at a threshold kept within [0.01, 0.99].

        A run has the places on its slices of the model's flags; sides and level are theirs, or of
        the flags whose peaks it holds where these name no places.
        """
        kept = min(max(threshold, LOWEST), HIGHEST)
        runs = cut_flags(shown_scores(findings), kept)
        return cls(findings, kept, tuple(_with_places(run, findings) for run in runs))


def _with_places(run: Flag, findings: Findings) -> Flag:
    found = (place for flag in findings.flags for place in flag.places if place.slice_index in run)
    places = tuple(sorted(found, key=lambda place: -place.score))
    sides = [place.side.value for place in places]
    bare = (flag for flag in findings.flags if flag.peak in run and not flag.places)
    sides += [side for flag in bare for side in flag.sides]
    levels = [place.level for place in places if place.level is not None]
    level = min(levels, key=tuple(ArteryLevel).index) if levels else None
    return replace(run, sides=tuple(dict.fromkeys(sides)), level=level, places=places)
