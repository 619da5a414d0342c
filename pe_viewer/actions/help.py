"""Help."""

from typing import Final

from pe_viewer.actions.action import Action, Menu, Receiver

HELP_ACTIONS: Final = (
    Action(
        "command_palette",
        "Command palette",
        "show_command_palette",
        "Find any action by its name",
        Menu.HELP,
        ("Ctrl+Shift+P",),
        "ph.command",
        receiver=Receiver.WINDOW,
    ),
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
        "shortcut_editor",
        "Change shortcuts…",
        "show_shortcut_editor",
        "Other keys, or those of another viewer",
        Menu.HELP,
        ("Ctrl+K",),
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
