"""Start of ``pe-models`` and ``python -m pe_models``."""

import io
import signal
import sys
import warnings

from pe_models import cli
from pe_models.parallel import sleep_while_waiting


def main() -> int:
    """Runs the command line on ``sys.argv``; returns the exit status."""
    if not sys.warnoptions and "--debug" not in sys.argv:
        warnings.simplefilter("ignore")  # libraries' warnings are not for the reader
    sleep_while_waiting()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    status = cli.main()
    # A second Ctrl-C must not tear the interpreter's own end: torch's libraries abort in it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return status


if __name__ == "__main__":
    sys.exit(main())
