"""JobRunner: one thread a lane, and the order in which everything stops."""

import queue
import threading
import time
from enum import Enum, auto
from typing import Final

from pe_viewer.jobs.collector import Collector
from pe_viewer.jobs.job import Job, Work
from pe_viewer.jobs.notice import Doorbell, Latest

_SHUTDOWN_S: Final = 5.0
_DRAIN_S: Final = 60.0
"""A database that is being made smaller takes as long."""


class Lane(Enum):
    """A queue whose jobs never overlap."""

    DISK = auto()
    COMPUTE = auto()
    EXPORT = auto()
    PLANES = auto()
    MEASURE = auto()
    LIBRARY = auto()
    TRAINING = auto()
    ERRAND = auto()
    """Other processes do the work, for a minute or so; the lane only waits."""
    QUEUE = auto()
    SEND = auto()
    HEADER = auto()


class JobRunner:
    """Starts jobs, one thread a lane. GUI thread. Its owner calls ``shutdown`` before it goes."""

    def __init__(self) -> None:
        self._doorbell = Doorbell()
        self._collector = Collector()
        self._collector.start()
        self._lanes: dict[Lane, LaneThread] = {}
        self._jobs: list[Job] = []
        self._is_shut = False

    @property
    def is_shut(self) -> bool:
        """Whether nothing runs any more."""
        return self._is_shut

    def start(self, lane: Lane, name: str, work: Work) -> Job:
        """Queues ``work`` on ``lane``. ``name`` says what it does in logs: no patient data.

        After ``shutdown`` nothing runs any more: the job ends cancelled.
        """
        job = Job(name, work, self.latest())
        self._jobs.append(job)
        job.finished.connect(lambda: self._jobs.remove(job))
        if self._is_shut:
            job.cancel()
            job.run()
            self._doorbell.post(job.conclude)
            return job
        if lane not in self._lanes:
            self._lanes[lane] = LaneThread(f"pe-{lane.name.lower()}", self._doorbell)
        self._lanes[lane].put(job)
        return job

    def latest(self) -> Latest:
        """A channel from a job's work to the GUI thread. Its owner closes it."""
        return Latest(self._doorbell)

    def settle(self) -> None:
        """What lives now, lives as long as the program: the garbage collector passes it over.

        Modules, views and actions are 100,000 objects, and to look at all of them again held the
        window up for 50 ms on an idle machine, and for ten times as long on a busy one.
        """
        self._collector.settle()

    def drain(self, lane: Lane) -> bool:
        """Waits until what was started on ``lane`` has run: what keeps the reader's work must not
        be cancelled. False where that took more than a minute: ``shutdown`` waits for it again, and
        nothing else is to be started on it."""
        if lane in self._lanes and not self._lanes[lane].stop(_DRAIN_S):
            return False
        self._lanes.pop(lane, None)
        return True

    def shutdown(self) -> bool:
        """Cancels all jobs and waits for their lanes. False where one did not stop in 5 s."""
        self._is_shut = True
        jobs = tuple(self._jobs)
        for job in jobs:
            job.cancel()
        lanes, self._lanes = tuple(self._lanes.values()), {}
        deadline = time.monotonic() + _SHUTDOWN_S
        have_stopped = [lane.stop(max(0.0, deadline - time.monotonic())) for lane in lanes]
        for job in jobs:
            job.conclude()
        self._collector.stop()
        return all(have_stopped)


class LaneThread:
    """A daemon thread that runs jobs in order: a hung network drive must not keep the program
    from ending."""

    def __init__(self, name: str, doorbell: Doorbell) -> None:
        self._doorbell = doorbell
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        self._queue.put(job)

    def stop(self, timeout_s: float) -> bool:
        """Lets the queue run out, then waits. False where the thread still runs."""
        self._queue.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            job.run()
            self._doorbell.post(job.conclude)
            del job  # it must not live until the next one comes
