"""How the slice is drawn."""

from typing import Final

from pe_viewer.actions.action import Action, Menu, Receiver

N_WINDOW_PRESETS: Final = 5
"""Window presets that have a number key: 1 is the first preset of ``resources/windows.json``."""


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


def _tool(name: str, text: str, tip: str, key: str, icon: str) -> Action:
    return Action(
        id=f"tool_{name.lower()}",
        text=text,
        request="appearance.use_tool",
        argument=name,
        tip=tip,
        menu=Menu.IMAGE,
        shortcuts=(key,),
        icon=icon,
        is_checkable=True,
    )


IMAGE_ACTIONS: Final = (
    _tool("WINDOW", "Drag: window", "A left drag changes the window", "W", "ph.circle-half-tilt"),
    _tool("SCROLL", "Drag: scroll", "A left drag scrolls", "S", "ph.arrows-down-up"),
    _tool("PAN", "Drag: pan", "A left drag moves the slice", "P", "ph.hand"),
    _tool("ZOOM", "Drag: zoom", "A left drag enlarges", "Z", "ph.magnifying-glass-plus"),
    _tool("LENGTH", "Drag: length", "A left drag measures a length", "L", "ph.ruler"),
    _tool("ELLIPSE", "Drag: ellipse", "A left drag measures HU in an ellipse", "E", "ph.circle"),
    _tool("RV", "Drag: right ventricle", "A left drag measures its width", "V", "ph.heartbeat"),
    _tool("LV", "Drag: left ventricle", "A left drag measures its width", "Shift+V", "ph.heart"),
    _tool("TRUNK", "Drag: pulmonary trunk", "A left drag measures its diameter", "Shift+T", ""),
    Action(
        "take_over_heart",
        "Take over RV and LV lines",
        "reviewing.take_over_heart",
        "Make the model's lines across both ventricles your own, to move them",
        Menu.IMAGE,
        ("Ctrl+Shift+V",),
    ),
    Action(
        "adaptive_window",
        "PE window by contrast",
        "adaptive.set_window",
        "Set the window by the contrast in the pulmonary trunk, or in your ellipse on this slice",
        Menu.IMAGE,
        ("0",),
    ),
    Action(
        "edit_presets",
        "Edit presets…",
        "show_preset_sheet",
        "Rename and set the windows on the number keys",
        Menu.IMAGE,
        receiver=Receiver.WINDOW,
    ),
    Action(
        "remove_measure",
        "Remove last measure",
        "reviewing.remove_last_measure",
        "Remove the newest measure on this slice",
        Menu.IMAGE,
        ("Backspace",),
    ),
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
        "actual_size",
        "One to one",
        "show_actual_size",
        "One pixel of the screen a stored pixel",
        Menu.IMAGE,
        ("Shift+F",),
        receiver=Receiver.WINDOW,
    ),
    Action(
        "zoom_in",
        "Zoom in",
        "zoom_in",
        "Enlarge the slice about the middle of the view",
        Menu.IMAGE,
        ("+",),
        receiver=Receiver.WINDOW,
        repeats=True,
    ),
    Action(
        "zoom_out",
        "Zoom out",
        "zoom_out",
        "Draw the slice smaller about the middle of the view",
        Menu.IMAGE,
        ("-",),
        receiver=Receiver.WINDOW,
        repeats=True,
    ),
    Action(
        "turn",
        "Turn clockwise",
        "appearance.turn",
        "Turn the slice by a quarter",
        Menu.IMAGE,
        ("R",),
        "ph.arrow-clockwise",
    ),
    Action(
        "turn_left",
        "Turn counter-clockwise",
        "appearance.turn_left",
        "Turn the slice back by a quarter",
        Menu.IMAGE,
        ("Ctrl+Shift+R",),
        "ph.arrow-counter-clockwise",
    ),
    Action(
        "mirror",
        "Mirror",
        "appearance.mirror",
        "Swap left and right on screen; the letters follow",
        Menu.IMAGE,
        ("H",),
    ),
    Action(
        "reset_turn",
        "Reading position",
        "appearance.reset_turn",
        "As seen from the feet, neither turned nor mirrored",
        Menu.IMAGE,
        ("Ctrl+0",),
    ),
    Action(
        "reset_view",
        "Reset view",
        "appearance.reset_view",
        "The whole slice in the reading position through the first window preset",
        Menu.IMAGE,
        ("Ctrl+Shift+0",),
    ),
    Action(
        "smooth",
        "Interpolate",
        "appearance.toggle_smooth",
        "Smooth between pixels, or show them as they are stored",
        Menu.IMAGE,
        ("Shift+I",),
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
