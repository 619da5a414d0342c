"""Background work. The only part of pe_viewer with threads and processes.

A lane is one thread with a queue, so that its jobs never overlap. A Job ends in exactly one of
succeeded, failed and cancelled. Every notice here fires on the GUI thread.
"""

from pe_viewer.jobs.job import Job, Work, without_values
from pe_viewer.jobs.notice import Latest, Notice
from pe_viewer.jobs.runner import JobRunner, Lane
from pe_viewer.jobs.worker import WorkerProcess

__all__ = [
    "Job",
    "JobRunner",
    "Lane",
    "Latest",
    "Notice",
    "Work",
    "WorkerProcess",
    "without_values",
]
