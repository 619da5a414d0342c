"""Ready keymaps for hands that learnt another viewer: only what differs from our own is named.

Weasis: ``ShortcutManager``, ``ActionW`` and ``MouseActions`` of its sources (4.x; the line's key D
from memory). OHIF: ``platform/core/src/defaults/hotkeyBindings.js`` and the tool groups of its
modes (3.x). What the others lack (flags, overlay, review) keeps our own keys.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from pe_viewer.actions.keymap import Keymap, Keys
from pe_viewer.actions.table import ACTIONS
from pe_viewer.display.looks import ButtonUse, MouseScheme

OWN: Final = "own"

_OWN_KEYS: Final[Mapping[str, Keys]] = {action.id: action.shortcuts for action in ACTIONS}


@dataclass(frozen=True, slots=True, eq=False)
class Scheme:
    """A ready keymap by name; ``id`` is how settings name it."""

    id: str
    name: str
    keymap: Keymap


def _scheme(
    scheme_id: str, name: str, keys: Mapping[str, Keys], mouse: MouseScheme | None = None
) -> Scheme:
    keymap = Keymap(MappingProxyType({**_OWN_KEYS, **keys}), mouse or MouseScheme())
    return Scheme(scheme_id, name, keymap)


_WEASIS: Final[Mapping[str, Keys]] = {
    "tool_pan": ("T",),
    "tool_length": ("D",),
    "fit": ("Ctrl+Return", "Ctrl+Enter"),
    "turn": ("Alt+R",),
    "turn_left": ("Alt+L",),
    "mirror": ("Alt+F",),
    "next_series": ("Right",),
    "previous_series": ("Left",),
    "toggle_corner_text": ("Space", "I"),
    "invert": ("Alt+I",),
    "zoom_in": ("Ctrl++", "Ctrl+="),
    "zoom_out": ("Ctrl+-",),
}

_OHIF: Final[Mapping[str, Keys]] = {
    "fit": ("=",),
    "zoom_in": ("+",),
    "zoom_out": ("-",),
    "turn_left": ("L",),
    "tool_length": ("Shift+L",),
    "reset_view": ("Space",),
    "toggle_corner_text": ("T",),
    "redo": ("Ctrl+Y", "Ctrl+Shift+Z"),
}

SCHEMES: Final[Mapping[str, Scheme]] = MappingProxyType(
    {
        scheme.id: scheme
        for scheme in (
            _scheme(OWN, "Reading room", {}),
            _scheme("weasis", "Like Weasis", _WEASIS, MouseScheme(right=ButtonUse.MENU)),
            _scheme("ohif", "Like OHIF", _OHIF),
        )
    }
)
"""The ready schemes by their id, ours first."""

OWN_KEYMAP: Final = SCHEMES[OWN].keymap


def scheme_of(scheme_id: str) -> Scheme:
    """The scheme of that id; ours where there is none, as after a change of version."""
    return SCHEMES.get(scheme_id, SCHEMES[OWN])


def keymap_of(
    scheme_id: str, changes: Iterable[tuple[str, Keys]], buttons: Sequence[str] = ()
) -> Keymap:
    """A scheme as the reader changed it; ``buttons`` are the uses of middle and right, by name.

    Changes that give one key to two actions, as in a file edited by hand or after an update, are
    left out: no key may do two things.
    """
    scheme, kept = scheme_of(scheme_id).keymap, tuple(changes)
    while conflicts := scheme.with_keys(kept).conflicts:
        at_odds = {c.first_id for c in conflicts} | {c.second_id for c in conflicts}
        kept = tuple(change for change in kept if change[0] not in at_odds)
    return replace(scheme.with_keys(kept), mouse=_mouse(scheme.mouse, buttons))


def _mouse(scheme: MouseScheme, buttons: Sequence[str]) -> MouseScheme:
    """The scheme's own where the names are none, as in a file edited by hand."""
    if len(buttons) != 2 or not set(buttons) <= set(ButtonUse.__members__):
        return scheme
    middle, right = buttons
    return MouseScheme(ButtonUse[middle], ButtonUse[right])
