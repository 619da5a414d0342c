"""Requests -> services -> state. The only part that knows both services and the state."""

from dataclasses import dataclass

from pe_viewer.controller.adaptive import Adaptive
from pe_viewer.controller.analysing import Analysing
from pe_viewer.controller.appearance import Appearance
from pe_viewer.controller.auditing import Auditing
from pe_viewer.controller.autosave import Autosave
from pe_viewer.controller.cataloguing import Cataloguing
from pe_viewer.controller.cine import Cine
from pe_viewer.controller.comparing import Comparing
from pe_viewer.controller.explaining import Explaining
from pe_viewer.controller.exporting import Exporting
from pe_viewer.controller.navigation import Navigation
from pe_viewer.controller.opening import Opening
from pe_viewer.controller.planes import Planes
from pe_viewer.controller.preferences import Preferences
from pe_viewer.controller.queue_keeping import QueueKeeping
from pe_viewer.controller.queueing import AnalysisQueue
from pe_viewer.controller.reporting import Reporting
from pe_viewer.controller.reviewing import Reviewing
from pe_viewer.controller.second_reader import SecondReader
from pe_viewer.controller.sending import Sending
from pe_viewer.controller.session_keeping import SessionKeeping
from pe_viewer.controller.shortcuts import Shortcuts
from pe_viewer.controller.tag_reading import TagReading
from pe_viewer.controller.threshold import Threshold
from pe_viewer.controller.thumbnail_making import ThumbnailMaking
from pe_viewer.controller.viewing import Viewing


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False, kw_only=True)
class Controller:
    """What the window's requests are answered by, one part a subject."""

    navigation: Navigation
    cine: Cine
    appearance: Appearance
    adaptive: Adaptive
    planes: Planes
    viewing: Viewing
    reviewing: Reviewing
    reporting: Reporting
    auditing: Auditing
    threshold: Threshold
    second_reader: SecondReader
    analysing: Analysing
    autosave: Autosave
    opening: Opening
    exporting: Exporting
    sending: Sending
    thumbnail_making: ThumbnailMaking
    queue: AnalysisQueue
    queue_keeping: QueueKeeping
    cataloguing: Cataloguing
    session: SessionKeeping
    tags: TagReading
    explaining: Explaining
    shortcuts: Shortcuts
    preferences: Preferences
    comparing: Comparing

    def cancel(self) -> None:
        """Stops one thing that runs: what the reader waits for most comes first."""
        for cancel in (
            self.opening.cancel_scan,
            self.analysing.cancel,
            self.exporting.cancel,
            self.sending.cancel,
            self.opening.cancel_load,
        ):
            if cancel():
                return
