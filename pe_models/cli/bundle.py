"""`pe-models bundle`: list, show, verify, import and export model bundles."""

import argparse
from pathlib import Path

from pe_models.cli.output import finish, say, say_json, warn


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("bundle", help="the model bundles")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="the bundles at hand")
    listed.set_defaults(run=_list)
    show = actions.add_parser("show", help="what a bundle says of itself, as JSON")
    show.add_argument("bundle", metavar="B")
    show.set_defaults(run=_show)
    verify = actions.add_parser("verify", help="check every file of a bundle and build its nets")
    verify.add_argument("bundle", metavar="B")
    verify.set_defaults(run=_verify)
    imported = actions.add_parser("import", help="copy a bundle among your own")
    imported.add_argument("file", type=Path, metavar="FILE")
    imported.set_defaults(run=_import)
    _add_export(actions)


def _add_export(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    export = actions.add_parser("export", help="make a bundle of a training run")
    export.add_argument("--run", dest="run_folder", type=Path, required=True, metavar="RUN")
    export.add_argument("--out", type=Path, required=True, metavar="B", help="a folder or a .zip")
    export.add_argument("--name", help="default: the name of B")
    export.add_argument("--version", default="1")
    export.add_argument(
        "--metrics", type=Path, metavar="metrics.json", help="figures for the model card"
    )
    export.add_argument(
        "--notes", type=Path, metavar="NOTES.md", help="Markdown for the end of the model card"
    )
    export.set_defaults(run=_export)


def _list(args: argparse.Namespace) -> int:
    from pe_models.bundle import list_bundles

    for listing in list_bundles():
        if listing.bundle is None:
            warn(listing.problem)
        else:
            bundle = listing.bundle
            say(f"{bundle.name:<20} {bundle.version:<8} {bundle.task:<6} {bundle.card.trained_on}")
    finish(args.progress)
    return 0


def _show(args: argparse.Namespace) -> int:
    import json

    from pe_models.bundle import MANIFEST, find_bundle, read_manifest, read_member

    source = find_bundle(args.bundle)
    read_manifest(source)
    say_json(json.loads(read_member(source, MANIFEST)))
    return 0


def _verify(args: argparse.Namespace) -> int:
    import torch

    from pe_models.bundle import load_bundle
    from pe_models.nets.load import load_nets

    bundle = load_bundle(args.bundle)
    load_nets(bundle, torch.device("cpu"))
    say(f"{bundle.name} {bundle.version} is whole: {len(bundle.files)} files, {bundle.sha256}")
    finish(args.progress, sha256=bundle.sha256)
    return 0


def _import(args: argparse.Namespace) -> int:
    from pe_models.bundle import import_bundle

    bundle = import_bundle(args.file)
    say(f"{bundle.name} {bundle.version} was added; use it with --bundle {bundle.name}.")
    finish(args.progress, name=bundle.name, sha256=bundle.sha256)
    return 0


def _export(args: argparse.Namespace) -> int:
    from pe_models.training.export import export_bundle
    from pe_models.training.files import read_json
    from pe_models.training.run import open_run

    bundle = export_bundle(
        open_run(args.run_folder),
        args.out,
        name=args.name or args.out.stem,
        version=args.version,
        evaluation=read_json(args.metrics) if args.metrics else None,
        notes=_text(args.notes) if args.notes else "",
    )
    say(f"{bundle.name} {bundle.version} in {args.out}: {bundle.sha256}")
    finish(args.progress, out=str(args.out), sha256=bundle.sha256)
    return 0


def _text(path: Path) -> str:
    """Raises InputError where it cannot be read."""
    from pe_models.errors import InputError

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The notes {path.name} cannot be read as UTF-8 text.") from error
