"""Opening, closing and writing."""

from typing import Final

from pe_viewer.actions.action import Action, Menu, Receiver

FILE_ACTIONS: Final = (
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
