"""Which keys and mouse buttons do what: a scheme, and what the reader changed of it. No Qt."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from pe_viewer.display.looks import MouseScheme

Keys = tuple[str, ...]
"""Keys of one action, in Qt's portable names; the first is the one that tips and menus show."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One key of two actions."""

    key: str
    first_id: str
    second_id: str


@dataclass(frozen=True, slots=True, eq=False)
class Keymap:
    """Keys by the id of the action; one that is not named has none."""

    keys: Mapping[str, Keys] = field(default_factory=dict)
    mouse: MouseScheme = field(default_factory=MouseScheme)

    def keys_of(self, action_id: str) -> Keys:
        return self.keys.get(action_id, ())

    def owner_of(self, key: str) -> str:
        """The id of the action that ``key`` belongs to; "" where it is free."""
        return next((owner for owner, keys in self.keys.items() if key in keys), "")

    def hint(self, action_id: str) -> str:
        """`` (Ctrl+R)`` to stand behind words; "" where the action has no key."""
        keys = self.keys_of(action_id)
        return f" ({keys[0]})" if keys else ""

    def with_keys(self, changes: Iterable[tuple[str, Keys]]) -> "Keymap":
        """This one with other keys for some actions; an id that is not known is left out."""
        known = {action_id: keys for action_id, keys in changes if action_id in self.keys}
        return replace(self, keys=MappingProxyType({**self.keys, **known}))

    def with_mouse(self, mouse: MouseScheme) -> "Keymap":
        return replace(self, mouse=mouse)

    def changes_from(self, scheme: "Keymap") -> tuple[tuple[str, Keys], ...]:
        """What must be changed of ``scheme`` to get this one."""
        return tuple(
            (action_id, keys)
            for action_id, keys in self.keys.items()
            if keys != scheme.keys_of(action_id)
        )

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Every key that two actions have."""
        owners: dict[str, list[str]] = defaultdict(list)
        for action_id, keys in self.keys.items():
            for key in keys:
                owners[key].append(action_id)
        return tuple(
            Conflict(key, first, other)
            for key, (first, *others) in owners.items()
            for other in others
        )
