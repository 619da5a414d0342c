"""The command line ``pe-viewer``: the window, or a report or a picture without one.

Exit status: 0 done, 1 failed with one line on standard error, 2 wrong usage, 130 interrupted.
"""

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from pe_models import NOTICE, __version__
from pe_models.cli import DONE, FAILED, INTERRUPTED, output
from pe_models.errors import PEError
from pe_models.progress import Cancelled
from pe_viewer.cli import platform

_DESCRIPTION: Final = (
    "A reading room for CT pulmonary angiography. "
    "Without a command: the window, opened on PATH. "
    "Commands: report (analyse and export without a window), "
    "snapshot (a picture of the window after analysis); see pe-viewer COMMAND --help. " + NOTICE
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs ``pe-viewer`` and returns its exit status. ``argv`` leaves out the program's name."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = arguments[0] if arguments and arguments[0] in _COMMANDS else ""
    try:
        args = _parser(command).parse_args(arguments[1:] if command else arguments)
    except SystemExit as stop:  # argparse has said why, on the right stream
        return DONE if stop.code is None else int(stop.code)
    return _run(_COMMANDS[command] if command else _open_window, args)


def _run(command: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    try:
        return command(args)
    except (KeyboardInterrupt, Cancelled):
        output.warn("Interrupted.")
        return INTERRUPTED
    except PEError as error:
        _show_traceback(args)
        output.warn(" ".join(str(error).split()))
        return FAILED
    except Exception as error:  # noqa: BLE001 - the boundary of the command line
        _show_traceback(args)
        text = " ".join(str(error).split())
        output.warn(f"Unexpected {type(error).__name__}: {text} (--debug shows where)")
        return FAILED


def _show_traceback(args: argparse.Namespace) -> None:
    if args.debug:
        traceback.print_exc()


def _open_window(args: argparse.Namespace) -> int:
    if not platform.has_display():
        if not args.exit_after_first_paint:
            raise PEError(
                "There is no display to open a window on. Without one, 'pe-viewer report PATH "
                "--out DIR' writes a report and 'pe-viewer snapshot PATH --out DIR' a picture."
            )
        platform.use_no_display()
    from pe_viewer import app

    return app.run(
        args.paths,
        analyzes=args.analyze,
        exits_after_first_paint=args.exit_after_first_paint,
    )


def _report(args: argparse.Namespace) -> int:
    platform.use_no_display()
    from pe_viewer.cli import report

    return report.run(args)


def _snapshot(args: argparse.Namespace) -> int:
    platform.use_no_display()
    from pe_viewer.cli import snapshot

    return snapshot.run(args)


_COMMANDS: Final[dict[str, Callable[[argparse.Namespace], int]]] = {
    "report": _report,
    "snapshot": _snapshot,
}


def _parser(command: str) -> argparse.ArgumentParser:
    parsers = {"report": _report_parser, "snapshot": _snapshot_parser}
    parser = parsers.get(command, _window_parser)()
    parser.add_argument("--debug", action="store_true", help="show the traceback of a failure")
    return parser


def _window_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pe-viewer", description=_DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"pe-viewer {__version__}. {NOTICE}")
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="folder, file, DICOMDIR or zip"
    )
    parser.add_argument("--analyze", action="store_true", help="analyse what is opened")
    parser.add_argument(
        "--exit-after-first-paint", action="store_true", help="for measuring how fast it starts"
    )
    return parser


def _report_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pe-viewer report", description=f"Analyses PATH and exports a report. {NOTICE}"
    )
    _add_analysis_options(parser)
    parser.add_argument(
        "--formats",
        default="all",
        metavar="LIST",
        help="formats with commas between, such as pdf,html,json,csv,png (default: all)",
    )
    parser.add_argument(
        "--all-studies",
        action="store_true",
        help="report on every study below PATH, each in a folder of its own, with a table "
        "(summary.csv); begun again, it goes on where it stopped",
    )
    parser.add_argument(
        "--deidentify", action="store_true", help="leave out name, ids and dates, replace UIDs"
    )
    return parser


def _snapshot_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pe-viewer snapshot",
        description=f"Pictures of the window (1600 x 1000 px) after the analysis of PATH. {NOTICE}",
    )
    _add_analysis_options(parser)
    parser.add_argument(
        "--slice",
        type=int,
        default=None,
        metavar="INDEX",
        help="slice to show, 0 most inferior (default: the peak of the first flag)",
    )
    return parser


def _add_analysis_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="PATH", help="folder, file, DICOMDIR or zip")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="made where absent")
    parser.add_argument("--series", default=None, metavar="UID", help="default: the best series")
    parser.add_argument("--bundle", default=None, help="name or folder of a model bundle")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument(
        "--progress",
        choices=[mode.value for mode in output.ProgressMode],
        default=output.ProgressMode.AUTO.value,
        help="a bar on a terminal (auto), one JSON object a line on standard output, or none",
    )
