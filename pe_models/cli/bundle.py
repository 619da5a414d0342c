"""`pe-models bundle`: the model bundles, which is in use, and how it came to be."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pe_models.cli import fit_rules
from pe_models.cli.output import finish, say, say_json, warn

if TYPE_CHECKING:
    from pe_models.bundle import ModelBundle


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
    fit_rules.add_parser(actions)
    use = actions.add_parser("use", help="put a bundle to use by hand, past the gate")
    use.add_argument("bundle", metavar="B")
    use.set_defaults(run=_use)
    back = actions.add_parser("rollback", help="put the bundle to use that was in use before")
    back.set_defaults(run=_roll_back)
    told = actions.add_parser("history", help="which bundles were in use, the newest last")
    told.set_defaults(run=_history)
    delete = actions.add_parser("delete", help="delete one of your own that is not in use")
    delete.add_argument("bundle", metavar="B")
    delete.set_defaults(run=_delete)


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
    export.add_argument(
        "--parts-of", metavar="B",
        help="a bundle of the same nets whose heart and rules are taken (default: those of the "
        "bundle that the run began with)",
    )  # fmt: skip
    export.set_defaults(run=_export)


def _list(args: argparse.Namespace) -> int:
    from pe_models.bundle import list_bundles

    for listing in list_bundles():
        if listing.bundle is None:
            warn(listing.problem)
        else:
            bundle = listing.bundle
            say(f"{bundle.name:<20} {bundle.version:<8} {bundle.task:<11} {bundle.card.trained_on}")
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

    from pe_models.bundle import PictureBundle, load_any_bundle
    from pe_models.nets.load import load_nets
    from pe_models.nets.pictures.load import load_picture_net

    bundle, cpu = load_any_bundle(args.bundle), torch.device("cpu")
    if isinstance(bundle, PictureBundle):
        load_picture_net(bundle, cpu)
    else:
        load_nets(bundle, cpu)
    say(f"{bundle.name} {bundle.version} is whole: {len(bundle.files)} files, {bundle.sha256}")
    finish(args.progress, sha256=bundle.sha256)
    return 0


def _import(args: argparse.Namespace) -> int:
    from pe_models.bundle import import_bundle

    bundle = import_bundle(args.file)
    say(f"{bundle.name} {bundle.version} was added; use it with --bundle {bundle.name}.")
    finish(args.progress, name=bundle.name, sha256=bundle.sha256)
    return 0


def _use(args: argparse.Namespace) -> int:
    from pe_models.bundle import load_bundle, promote

    return _tell_in_use(args, promote(load_bundle(args.bundle), reason="chosen by hand"))


def _roll_back(args: argparse.Namespace) -> int:
    from pe_models.bundle import roll_back

    return _tell_in_use(args, roll_back(reason="from the command line"))


def _tell_in_use(args: argparse.Namespace, bundle: "ModelBundle") -> int:
    say(f"{bundle.name} {bundle.version} is in use now.")
    finish(args.progress, name=bundle.name, sha256=bundle.sha256)
    return 0


def _history(args: argparse.Namespace) -> int:
    from pe_models.bundle import bundle_in_use, history

    for choice in history():
        reason = f": {choice.reason}" if choice.reason else ""
        say(f"{choice.time}  {choice.name} {choice.version}  {choice.change}{reason}")
    in_use = bundle_in_use()
    say(f"In use: {in_use.name} {in_use.version}, {in_use.sha256}")
    finish(args.progress)
    return 0


def _delete(args: argparse.Namespace) -> int:
    from pe_models.bundle import load_any_bundle, retire

    bundle = load_any_bundle(args.bundle)
    retire(bundle)
    say(f"{bundle.name} {bundle.version} was deleted.")
    finish(args.progress)
    return 0


def _export(args: argparse.Namespace) -> int:
    from pe_models.bundle import load_bundle
    from pe_models.training.export.bundle import export_bundle
    from pe_models.training.files import read_json
    from pe_models.training.run import open_run

    bundle = export_bundle(
        open_run(args.run_folder),
        args.out,
        name=args.name or args.out.stem,
        version=args.version,
        parts_of=load_bundle(args.parts_of) if args.parts_of else None,
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
