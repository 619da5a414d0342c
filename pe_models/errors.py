"""The errors that a person may see.

PEError
├── InputError           what was given cannot be used
│   ├── ScanError        a path that cannot be listed, or holds nothing readable
│   ├── ReadError        a series whose pixels cannot be read at all
│   └── RefusedError     readable, but not something this task may judge
├── BundleError          a ModelBundle that is missing, changed or of an unknown version
├── DatasetError         labels, boxes or a store that contradict themselves
├── TrainingError        a run that cannot go on; its last good checkpoint stays
├── WorkerError          the inference process failed or went away
├── ExportError          a report that could not be written; nothing half-written stays
└── SendError            a destination that is wrongly set up, not reached, or that refused

A message says what, where, and what the reader can do. It never carries a name or an id.
"""


class PEError(Exception):
    """Root of every error whose message is meant for a person."""


class InputError(PEError):
    """What was given cannot be used."""


class ScanError(InputError):
    """A path that cannot be listed, or holds nothing readable."""


class ReadError(InputError):
    """A series whose pixels cannot be read at all."""


class RefusedError(InputError):
    """A readable series that the task may not judge, such as a head CT for PE."""


class BundleError(PEError):
    """A ModelBundle that is missing, changed or of an unknown version."""


class DatasetError(PEError):
    """Labels, boxes or a prepared store that contradict themselves."""


class TrainingError(PEError):
    """A training run that cannot go on; its last good checkpoint stays."""


class WorkerError(PEError):
    """The inference process failed or went away."""


class ExportError(PEError):
    """A report that could not be written; nothing half-written stays."""


class SendError(PEError):
    """A destination that is wrongly set up, was not reached, or refused what was sent."""
