"""Where clots are set: the options of every command that looks at the sites."""

import argparse
from pathlib import Path

from benchmarks.transfer.phantoms import phantom_sites
from benchmarks.transfer.sites import SiteList, read_sites


def add_places(parser: argparse.ArgumentParser) -> None:
    into = parser.add_mutually_exclusive_group(required=True)
    into.add_argument("--data", type=Path, help="the folder of the real CTs")
    into.add_argument("--into-phantoms", type=int, metavar="N", help="N phantoms in their place")


def places_of(args: argparse.Namespace) -> tuple[SiteList, Path]:
    """The sites asked for, and the folder that their sources are read from."""
    if args.into_phantoms:
        return phantom_sites(args.into_phantoms), Path()
    return read_sites(), args.data
