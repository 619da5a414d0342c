"""The command line ``pe-models``: one table of commands, each a module of this package.

A command module has ``add_parser(subparsers)``, which imports nothing heavy and sets ``run`` as a
default, and ``run(args) -> int``, which imports what it needs. Exit status: 0 done, 1 failed with
one line on standard error, 2 wrong usage, 130 interrupted.
"""

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Final

from pe_models import NOTICE, __version__
from pe_models.cli import output
from pe_models.errors import PEError
from pe_models.progress import Cancelled

COMMANDS: Final[tuple[str, ...]] = (
    "scan",
    "analyze",
    "phantom",
    "describe",
    "prepare",
    "train",
    "retrain",
    "features",
    "evaluate",
    "compare",
    "score",
    "consistent",
    "bundle",
    "heart",
    "task",
    "predict",
    "study",
    "check",
    "serve",
)
"""Names of the commands and of the modules that hold them, in the order of the help."""

DONE: Final = 0
FAILED: Final = 1
WRONG_USAGE: Final = 2
INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status. ``argv`` leaves out the program's name."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        args = build_parser(arguments).parse_args(arguments)
    except SystemExit as stop:  # argparse has said why, on the right stream
        return DONE if stop.code is None else int(stop.code)
    return _run(args)


def build_parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser of the command that ``arguments`` names; of all commands where they name none."""
    parser = argparse.ArgumentParser(
        prog="pe-models",
        description=f"Models for pulmonary embolism on CT, from the command line. {NOTICE}",
    )
    parser.add_argument("--version", action="version", version=f"pe-models {__version__}. {NOTICE}")
    _add_common_options(parser, inherit=False)
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")
    for name in _named(arguments):
        importlib.import_module(f"pe_models.cli.{name}").add_parser(subparsers)
    for subparser in _leaves(parser):
        _add_common_options(subparser, inherit=True)
    return parser


def _named(arguments: Sequence[str]) -> tuple[str, ...]:
    """The command that ``arguments`` name, else all; a help text or a usage error needs all."""
    modes = set(output.ProgressMode)
    words = [word for word in arguments if not word.startswith("-") and word not in modes]
    return (words[0],) if words and words[0] in COMMANDS else COMMANDS


def _leaves(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """The parsers that end a command, below every level of subcommands."""
    nested = [
        child
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for child in dict.fromkeys(action.choices.values())
    ]
    return [leaf for child in nested for leaf in (_leaves(child) or [child])]


def _add_common_options(parser: argparse.ArgumentParser, *, inherit: bool) -> None:
    """Adds what every command takes; ``inherit`` keeps a value given before the command."""
    parser.add_argument(
        "--progress",
        choices=[mode.value for mode in output.ProgressMode],
        default=argparse.SUPPRESS if inherit else output.ProgressMode.AUTO.value,
        help="a bar on a terminal (auto), one JSON object a line on standard output, or none",
    )
    parser.add_argument(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS if inherit else False,
        help="show the traceback of a failure",
    )


def _run(args: argparse.Namespace) -> int:
    try:
        return int(args.run(args))
    except (KeyboardInterrupt, Cancelled):
        output.fail(args.progress, "Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:  # noqa: BLE001 - the boundary of the command line
        if args.debug:
            traceback.print_exc()
        output.fail(args.progress, _sentence(error))
        return FAILED


def _sentence(error: Exception) -> str:
    """What failed, on one line."""
    text = " ".join(str(error).split())
    if isinstance(error, PEError):
        return text
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename is not None else ""
        return f"{where}{error.strerror}"
    return f"Unexpected {type(error).__name__}: {text} (--debug shows where)"
