"""What a training run leaves for others to follow, and how they stop or pause it.

``run.json`` is the state (atomic), ``progress.jsonl`` the history (one JSON object a line),
``progress.csv`` its figures as a table.
A file ``stop`` ends the run after the step in hand, with a checkpoint; ``pause`` holds it.
"""

from pe_models.training.run.folder import RunFolder, open_run
from pe_models.training.run.reporter import (
    RunReporter,
    RunState,
    StopRequested,
    told_at_its_end,
)

__all__ = [
    "RunFolder",
    "RunReporter",
    "RunState",
    "StopRequested",
    "open_run",
    "told_at_its_end",
]
