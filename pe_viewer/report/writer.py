"""What every writer gives: documents in memory, and what it had nothing to say of."""

from collections.abc import Callable
from dataclasses import dataclass

from pe_viewer.report.model import Report


@dataclass(frozen=True, slots=True)
class Document:
    """One file to be: ``ending`` follows ``<format>-<last 8 of the study UID>`` in its name."""

    ending: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Rendering:
    """The documents of one format. ``omitted`` says in words what had nothing to show, and why."""

    documents: tuple[Document, ...]
    omitted: tuple[str, ...] = ()


Writer = Callable[[Report], Rendering]
