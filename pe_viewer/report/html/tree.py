"""The arterial tree of the HTML report, as inline SVG in the colours of the page."""

import math
from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from pe_viewer.display.arterial_layout import BRANCHES, MARKS, Place
from pe_viewer.display.arterial_painting import MARK, SHARES, SPECK, WIDTHS
from pe_viewer.form.sites import SEGMENTS, ArterialSite, Occlusion

_WIDTH: Final = 340
_HEIGHT: Final = 280
_ROOM_BELOW: Final = 16
"""For the numbers of the lowest segments."""

Sites = Mapping[ArterialSite, Occlusion]


def tree_markup(sites: Sites, words: str) -> str:
    """The tree with its emboli; ``words`` tell the same to those who do not see it."""
    vessels = sorted(ArterialSite, key=lambda site: -WIDTHS[site.level])
    parts = [*(_vessel(site, sites) for site in vessels), *_marks(sites), *_sides()]
    return (
        f'<svg class="tree" viewBox="0 0 {_WIDTH} {_HEIGHT + _ROOM_BELOW}" role="img" '
        f'aria-label="{escape(words)}">{"".join(parts)}</svg>'
    )


def _vessel(site: ArterialSite, sites: Sites) -> str:
    branch = BRANCHES[site]
    (x1, y1), (x2, y2) = _scaled(branch.start), _scaled(branch.end)
    return (
        f'<line class="vessel{_state(site, sites)}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" '
        f'y2="{y2:.1f}" stroke-width="{WIDTHS[site.level]:g}"/>'
    )


def _marks(sites: Sites) -> Iterator[str]:
    for site in ArterialSite:
        x, y = _scaled(MARKS[site])
        state = _state(site, sites)
        yield f'<circle class="artery{state}" cx="{x:.1f}" cy="{y:.1f}" r="{MARK}"/>'
        occlusion = sites.get(site)
        if occlusion is not None:
            yield _filling(x, y, occlusion)
        if site in SEGMENTS:
            yield _number(x, y, site, state)


def _filling(x: float, y: float, occlusion: Occlusion) -> str:
    """The part of a mark that is closed, clockwise from the top; a dot for branches alone."""
    share = SHARES[occlusion]
    if occlusion is Occlusion.SUBSEGMENTAL or share >= 1.0:
        radius = SPECK if occlusion is Occlusion.SUBSEGMENTAL else MARK
        return f'<circle class="embolus" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>'
    turn = 2.0 * math.pi * share
    end_x, end_y = x + MARK * math.sin(turn), y - MARK * math.cos(turn)
    is_long = int(share > 0.5)
    arc = f"A{MARK} {MARK} 0 {is_long} 1 {end_x:.1f} {end_y:.1f}"
    return f'<path class="embolus" d="M{x:.1f} {y:.1f}V{y - MARK:.1f}{arc}Z"/>'


def _number(x: float, y: float, site: ArterialSite, state: str) -> str:
    """Beside the mark on the side away from its vessel, as in the window."""
    is_right, is_inside = site.value.startswith("R"), site.value.endswith("A7")
    if BRANCHES[site].end[1] > 0.9:
        return _text(x, y + MARK + 12, site.value[2:], "middle", state)
    if is_right is not is_inside:
        return _text(x - MARK - 4, y + 4, site.value[2:], "end", state)
    return _text(x + MARK + 4, y + 4, site.value[2:], "start", state)


def _sides() -> tuple[str, str]:
    return _text(0, 10, "R", "start"), _text(_WIDTH, 10, "L", "end")


def _text(x: float, y: float, text: str, anchor: str, state: str = "") -> str:
    kind = f' class="{state.strip()}"' if state else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _state(site: ArterialSite, sites: Sites) -> str:
    return " closed" if site in sites else ""


def _scaled(place: Place) -> Place:
    return place[0] * _WIDTH, place[1] * _HEIGHT
