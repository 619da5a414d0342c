"""`pe-models heart`: the net of the ventricles, trained and put into a bundle."""

import argparse
from typing import TYPE_CHECKING

from pe_models.cli.output import finish, given_path, progress_printer, say

if TYPE_CHECKING:
    from pe_models.training.heart.config import HeartConfig


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("heart", help="the net that measures the ventricles")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    train = actions.add_parser("train", help="train it on a store of phantoms")
    train.add_argument("--data", type=given_path, required=True, metavar="STORE")
    train.add_argument("--out", type=given_path, required=True, metavar="RUN")
    train.add_argument("--steps", type=int, metavar="N", help="optimizer steps (default 2600)")
    train.add_argument("--split", default="default", metavar="NAME",
                       help="as of `train`: another name holds out other patients")  # fmt: skip
    train.add_argument("--resume", action="store_true", help="go on from the run's checkpoint")
    train.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    train.set_defaults(run=_train)
    _add_add(actions)


def _add_add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add = actions.add_parser(
        "add", help="put it into a bundle, calibrated on phantoms that it never saw"
    )
    add.add_argument("--bundle", required=True, metavar="B")
    add.add_argument("--run", dest="run_folder", type=given_path, required=True, metavar="RUN")
    add.add_argument("--data", type=given_path, required=True, metavar="STORE",
                     help="phantoms that no net of the bundle saw")  # fmt: skip
    add.add_argument("--out", type=given_path, required=True, metavar="B2")
    add.add_argument("--version", help="of B2 (default: that of B)")
    add.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    add.set_defaults(run=_add)


def _train(args: argparse.Namespace) -> int:
    """Trains; ends well too where the run's ``stop`` file asked for it."""
    from pe_models.training.heart.train import train_heart
    from pe_models.training.store import open_store

    state = train_heart(
        open_store(args.data),
        args.out,
        _config(args),
        device=args.device,
        split=args.split,
        resume=args.resume,
        on_progress=progress_printer(args.progress),
    )
    if args.progress != "json":
        say(f"heart: {state}. The run is in {args.out}.")
    finish(args.progress, state=state, out=str(args.out))
    return 0


def _config(args: argparse.Namespace) -> "HeartConfig":
    from dataclasses import replace

    from pe_models.errors import InputError
    from pe_models.training.heart.config import HeartConfig

    config = HeartConfig()
    if args.steps is None:
        return config
    if args.steps < 1:
        raise InputError(f"--steps must be 1 or more; {args.steps} was given.")
    return replace(config, steps=replace(config.steps, steps=args.steps))


def _add(args: argparse.Namespace) -> int:
    from pe_models.bundle import load_bundle
    from pe_models.parallel import usable_cores
    from pe_models.pipeline import use_threads
    from pe_models.training.heart.calibrate import add_heart, calibration_of
    from pe_models.training.store import open_store
    from pe_models.training.weights.heart import read_heart_files

    use_threads(usable_cores())
    bundle = load_bundle(args.bundle)
    added = add_heart(
        bundle,
        read_heart_files(args.run_folder),
        open_store(args.data),
        args.out,
        version=args.version or bundle.version,
        device=args.device,
        on_progress=progress_printer(args.progress),
    )
    fitted = calibration_of(added.bundle)
    if args.progress != "json" and fitted is not None:
        say(
            f"{added.bundle.name} {added.bundle.version} measures ventricles: fitted on "
            f"{fitted.fitted_on}, {added.n_refused} refused; a ratio's 95 % interval is about "
            f"{196 * fitted.sd:.0f} % either way."
        )
    finish(args.progress, out=str(args.out), sha256=added.bundle.sha256)
    return 0
