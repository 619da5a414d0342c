"""Action: something that the reader can do by menu, button or key. No Qt."""

from dataclasses import dataclass
from enum import Enum, auto


class Menu(Enum):
    """The menu that an action stands in, in the menu bar's order."""

    FILE = "File"
    NAVIGATE = "Navigate"
    IMAGE = "Image"
    REVIEW = "Review"
    VIEW = "View"
    MODEL = "Model"
    HELP = "Help"


class Receiver(Enum):
    """Who answers an action's request: the controller, or the window for what is only its own."""

    CONTROLLER = auto()
    WINDOW = auto()


@dataclass(frozen=True, slots=True)
class Action:
    """Something the reader can do.

    ``request`` is the path of the receiver's method (``navigation.step_slices`` is a method of the
    controller's navigation); ``argument`` is its one argument, None for none.
    ``shortcuts`` are Qt's portable key names, the first of them shown in tips and menus. ``icon``
    is a name of qtawesome's Phosphor family, "" for none. ``repeats`` while the key is held.
    """

    id: str
    text: str
    request: str
    tip: str
    menu: Menu
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    argument: int | str | None = None
    receiver: Receiver = Receiver.CONTROLLER
    is_checkable: bool = False
    repeats: bool = False
