"""One table of all that the reader can do by menu, button or key. No Qt.

Keys follow what hands already know from other viewers: N and B step through what the model flagged,
G shows or hides its overlay, Down goes toward the feet, Home is the most superior slice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

N_WINDOW_PRESETS: Final = 5
"""Window presets that have a number key: 1 is the first preset of ``resources/windows.json``."""


class Menu(Enum):
    """The menu that an action stands in, in the menu bar's order."""

    FILE = "File"
    NAVIGATE = "Navigate"
    IMAGE = "Image"
    REVIEW = "Review"
    VIEW = "View"
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

    @property
    def tip_with_shortcut(self) -> str:
        """The tip as buttons show it: "Next flagged slice toward the feet (N)"."""
        return f"{self.tip} ({self.shortcuts[0]})" if self.shortcuts else self.tip


def _preset(number: int) -> Action:
    return Action(
        id=f"window_preset_{number}",
        text=f"Window preset {number}",
        request="appearance.use_window_preset",
        argument=number,
        tip=f"Use window preset {number}",
        menu=Menu.IMAGE,
        shortcuts=(str(number),),
    )


_FILE: Final = (
    Action(
        "open_folder",
        "Open folder…",
        "ask_for_folder",
        "Open a folder of CT slices",
        Menu.FILE,
        ("Ctrl+O",),
        "ph.folder-open",
        receiver=Receiver.WINDOW,
    ),
    Action(
        "open_file",
        "Open file, DICOMDIR or zip…",
        "ask_for_file",
        "Open a DICOM file, a DICOMDIR or a zip",
        Menu.FILE,
        ("Ctrl+Shift+O",),
        "ph.file",
        receiver=Receiver.WINDOW,
    ),
    Action(
        "close_study",
        "Close study",
        "opening.close_study",
        "Close the study and free its memory",
        Menu.FILE,
        ("Ctrl+W",),
        "ph.x",
    ),
    Action(
        "export_report",
        "Export report…",
        "exporting.ask_for_folder",
        "Write the report as PDF, HTML, JSON, CSV and key images",
        Menu.FILE,
        ("Ctrl+E",),
        "ph.export",
    ),
    Action(
        "quit",
        "Quit",
        "close",
        "Leave the reading room",
        Menu.FILE,
        ("Ctrl+Q",),
        receiver=Receiver.WINDOW,
    ),
)

_NAVIGATE: Final = (
    Action(
        "next_slice",
        "Next slice",
        "navigation.step_slices",
        "One slice toward the feet",
        Menu.NAVIGATE,
        ("Down",),
        argument=-1,
        repeats=True,
    ),
    Action(
        "previous_slice",
        "Previous slice",
        "navigation.step_slices",
        "One slice toward the head",
        Menu.NAVIGATE,
        ("Up",),
        argument=1,
        repeats=True,
    ),
    Action(
        "jump_down",
        "Ten slices down",
        "navigation.step_slices",
        "Ten slices toward the feet",
        Menu.NAVIGATE,
        ("Shift+Down",),
        argument=-10,
        repeats=True,
    ),
    Action(
        "jump_up",
        "Ten slices up",
        "navigation.step_slices",
        "Ten slices toward the head",
        Menu.NAVIGATE,
        ("Shift+Up",),
        argument=10,
        repeats=True,
    ),
    Action(
        "first_slice",
        "Most superior slice",
        "navigation.go_to_most_superior",
        "The slice nearest the head",
        Menu.NAVIGATE,
        ("Home",),
    ),
    Action(
        "last_slice",
        "Most inferior slice",
        "navigation.go_to_most_inferior",
        "The slice nearest the feet",
        Menu.NAVIGATE,
        ("End",),
    ),
    Action(
        "next_flag",
        "Next flagged slice",
        "navigation.next_flagged_slice",
        "Next flagged slice toward the feet",
        Menu.NAVIGATE,
        ("N",),
        "ph.caret-double-down",
        repeats=True,
    ),
    Action(
        "previous_flag",
        "Previous flagged slice",
        "navigation.previous_flagged_slice",
        "Previous flagged slice toward the head",
        Menu.NAVIGATE,
        ("B",),
        "ph.caret-double-up",
        repeats=True,
    ),
    Action(
        "next_flag_peak",
        "Next flag",
        "navigation.next_flag_peak",
        "Peak of the next flagged run toward the feet",
        Menu.NAVIGATE,
        ("Shift+N",),
    ),
    Action(
        "previous_flag_peak",
        "Previous flag",
        "navigation.previous_flag_peak",
        "Peak of the previous flagged run toward the head",
        Menu.NAVIGATE,
        ("Shift+B",),
    ),
    Action(
        "next_series",
        "Next series",
        "opening.step_series",
        "Next series of this study",
        Menu.NAVIGATE,
        ("PgDown",),
        argument=1,
    ),
    Action(
        "previous_series",
        "Previous series",
        "opening.step_series",
        "Previous series of this study",
        Menu.NAVIGATE,
        ("PgUp",),
        argument=-1,
    ),
)

_IMAGE: Final = (
    *(_preset(number) for number in range(1, N_WINDOW_PRESETS + 1)),
    Action(
        "invert",
        "Invert greys",
        "appearance.toggle_inverted",
        "Draw dense tissue dark",
        Menu.IMAGE,
        ("I",),
        "ph.circle-half",
        is_checkable=True,
    ),
    Action(
        "fit",
        "Fit to view",
        "appearance.fit_view",
        "Show the whole slice",
        Menu.IMAGE,
        ("F",),
        "ph.arrows-out",
    ),
)

_REVIEW: Final = (
    Action(
        "analyze",
        "Analyse",
        "analysing.analyze",
        "Let the model look at this series",
        Menu.REVIEW,
        ("Ctrl+R",),
        "ph.play",
    ),
    Action(
        "cancel",
        "Cancel",
        "cancel",
        "Stop what is running",
        Menu.REVIEW,
        ("Esc",),
        "ph.stop",
    ),
    Action(
        "analyze_on_open",
        "Analyse on opening",
        "analysing.toggle_analyze_on_open",
        "Let the model look at every series as soon as it is loaded",
        Menu.REVIEW,
        is_checkable=True,
    ),
    Action(
        "toggle_overlay",
        "Activation overlay",
        "appearance.toggle_overlay",
        "Show or hide what the model reacted to",
        Menu.REVIEW,
        ("G",),
        "ph.drop-half",
        is_checkable=True,
    ),
    Action(
        "accept",
        "Accept flag",
        "reviewing.decide",
        "Accept the flag at this slice",
        Menu.REVIEW,
        ("Return", "Enter"),
        "ph.check",
        argument="accepted",
    ),
    Action(
        "reject",
        "Reject flag",
        "reviewing.decide",
        "Reject the flag at this slice",
        Menu.REVIEW,
        ("Del",),
        "ph.x",
        argument="rejected",
    ),
    Action(
        "unsure",
        "Unsure about flag",
        "reviewing.decide",
        "Mark the flag at this slice as unsure",
        Menu.REVIEW,
        ("U",),
        "ph.question",
        argument="unsure",
    ),
    Action(
        "undo",
        "Undo",
        "reviewing.undo",
        "Undo the last decision",
        Menu.REVIEW,
        ("Ctrl+Z",),
        "ph.arrow-counter-clockwise",
    ),
    Action(
        "redo",
        "Redo",
        "reviewing.redo",
        "Redo the decision that was undone",
        Menu.REVIEW,
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "ph.arrow-clockwise",
    ),
)

_VIEW: Final = (
    Action(
        "toggle_browser",
        "Study browser",
        "appearance.toggle_browser",
        "Show or hide the study browser",
        Menu.VIEW,
        ("F2",),
        "ph.folders",
        is_checkable=True,
    ),
    Action(
        "toggle_findings",
        "Findings",
        "appearance.toggle_findings",
        "Show or hide the findings",
        Menu.VIEW,
        ("F3",),
        "ph.list-bullets",
        is_checkable=True,
    ),
    Action(
        "toggle_planes",
        "Coronal and sagittal",
        "planes.toggle_planes",
        "Show or hide the other planes beside the slices",
        Menu.VIEW,
        ("M",),
        "ph.layout",
        is_checkable=True,
    ),
    Action(
        "cycle_slab",
        "Thicker slab",
        "planes.cycle_slab",
        "Next thickness of the other planes: thin, 5, 10, 20 mm",
        Menu.VIEW,
        ("Shift+M",),
        "ph.stack",
    ),
    Action(
        "toggle_corner_text",
        "Text over the image",
        "appearance.toggle_corner_text",
        "Show or hide the text over the image",
        Menu.VIEW,
        ("Space",),
        "ph.text-aa",
        is_checkable=True,
    ),
    Action(
        "series_sheet",
        "About this series",
        "show_series_sheet",
        "Why this series was chosen, and its warnings with their files",
        Menu.VIEW,
        ("Ctrl+I",),
        "ph.info",
        receiver=Receiver.WINDOW,
    ),
    Action(
        "skipped_sheet",
        "Skipped files",
        "show_skipped_sheet",
        "The files that are in no series, and why",
        Menu.VIEW,
        ("Ctrl+Shift+I",),
        receiver=Receiver.WINDOW,
    ),
    Action(
        "full_screen",
        "Full screen",
        "toggle_full_screen",
        "Fill the screen",
        Menu.VIEW,
        ("F11",),
        "ph.corners-out",
        receiver=Receiver.WINDOW,
        is_checkable=True,
    ),
)

_HELP: Final = (
    Action(
        "shortcut_sheet",
        "Keyboard shortcuts",
        "show_shortcut_sheet",
        "All keys on one sheet",
        Menu.HELP,
        ("?", "F1"),
        "ph.keyboard",
        receiver=Receiver.WINDOW,
    ),
    Action(
        "about",
        "About",
        "show_about",
        "Version, model and notice",
        Menu.HELP,
        receiver=Receiver.WINDOW,
    ),
)

ACTIONS: Final[tuple[Action, ...]] = (*_FILE, *_NAVIGATE, *_IMAGE, *_REVIEW, *_VIEW, *_HELP)
"""All actions, in the order of their menus."""

ACTION: Final[Mapping[str, Action]] = MappingProxyType({action.id: action for action in ACTIONS})
"""The same actions by their id."""
