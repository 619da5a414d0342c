"""Which keys and mouse buttons do what."""

from pe_viewer.actions import Keymap, keymap_of, scheme_of
from pe_viewer.settings import SettingsFile
from pe_viewer.state import ReviewState


class Shortcuts:
    """Holds the keymap of the settings in the state, and keeps another one there."""

    def __init__(self, state: ReviewState, settings: SettingsFile) -> None:
        self._state = state
        self._settings = settings
        kept = settings.settings
        state.update(keymap=keymap_of(kept.key_scheme, kept.keys, kept.mouse_buttons))

    @property
    def scheme_id(self) -> str:
        """The ready scheme that the keys in use were made of."""
        return scheme_of(self._settings.settings.key_scheme).id

    def use(self, scheme_id: str, keymap: Keymap) -> None:
        """``keymap`` from now on, kept as what differs from its scheme."""
        scheme = scheme_of(scheme_id)
        mouse = keymap.mouse
        is_own = mouse == scheme.keymap.mouse
        self._settings.change(
            key_scheme=scheme.id,
            keys=keymap.changes_from(scheme.keymap),
            mouse_buttons=() if is_own else (mouse.middle.name, mouse.right.name),
        )
        self._state.update(keymap=keymap, notice=self._settings.problem)
