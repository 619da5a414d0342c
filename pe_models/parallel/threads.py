"""A thread that goes with the process."""

import threading
from collections.abc import Callable


def start_thread(work: Callable[[], None], *, name: str) -> threading.Thread:
    """A daemon thread: it does not keep the process alive."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread
