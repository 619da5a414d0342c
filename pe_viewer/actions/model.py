"""Training, and the bundles that come of it."""

from typing import Final

from pe_viewer.actions.action import Action, Menu, Receiver

MODEL_ACTIONS: Final = (
    Action(
        "retrain",
        "Retrain the model…",
        "ask_for_training",
        "Train a candidate, compare it with the bundle in use, decide",
        Menu.MODEL,
        ("Ctrl+Shift+M",),
        "ph.graduation-cap",
        receiver=Receiver.WINDOW,
    ),
    Action(
        "bundles",
        "Model bundles…",
        "ask_for_bundles",
        "Which bundle is in use, which were; import, export, go back",
        Menu.MODEL,
        icon="ph.package",
        receiver=Receiver.WINDOW,
    ),
    Action(
        "check",
        "Check this installation…",
        "ask_for_check",
        "Shipped phantoms through the whole pipeline, against stored results",
        Menu.MODEL,
        icon="ph.circle-wavy-check",
        receiver=Receiver.WINDOW,
    ),
)
