"""One table of all that the reader can do by menu, button or key. No Qt.

Keys follow what hands already know from other viewers: N and B step through what the model flagged,
G shows or hides its overlay, Down goes toward the feet, Home is the most superior slice.
``SCHEMES`` are other choices of keys; the one in use is in the state.
"""

from pe_viewer.actions.action import Action, Menu, Receiver
from pe_viewer.actions.image import N_WINDOW_PRESETS
from pe_viewer.actions.keymap import Conflict, Keymap
from pe_viewer.actions.schemes import OWN, OWN_KEYMAP, SCHEMES, Scheme, keymap_of, scheme_of
from pe_viewer.actions.table import ACTION, ACTIONS

__all__ = [
    "ACTION",
    "ACTIONS",
    "N_WINDOW_PRESETS",
    "OWN",
    "OWN_KEYMAP",
    "SCHEMES",
    "Action",
    "Conflict",
    "Keymap",
    "Menu",
    "Receiver",
    "Scheme",
    "keymap_of",
    "scheme_of",
]
