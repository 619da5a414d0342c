"""`pe-models train`: one stage, or all of them, into a run folder."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pe_models.cli.output import finish, progress_printer, say
from pe_models.parallel import is_first_process

if TYPE_CHECKING:
    from pe_models.training.config import TrainConfig
    from pe_models.training.road.train import TrainOptions

_STAGES = ("localizer", "slice", "refiner", "sequence")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("train", help="train the nets on a prepared store")
    parser.add_argument("stage", choices=[*_STAGES, "all"], metavar="STAGE",
                        help="localizer, slice, refiner, sequence or all")  # fmt: skip
    parser.add_argument("--data", type=Path, action="append", required=True, metavar="STORE",
                        help="a prepared store; may be repeated")  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="RUN")
    parser.add_argument(
        "--from", dest="start", metavar="BUNDLE", help="begin with a bundle's weights"
    )
    parser.add_argument(
        "--more-crops", type=Path, action="append", default=[], metavar="STORE",
        help="labelled studies that a dense slice net and a refiner learn from too, and no other "
        "net; may be repeated",
    )  # fmt: skip
    parser.add_argument("--preset", default="ship", metavar="NAME")
    parser.add_argument(
        "--set", dest="settings", action="append", default=[], metavar="key=value",
        help="change one setting, as slice.steps=100; may be repeated",
    )  # fmt: skip
    parser.add_argument("--split", default="default", metavar="NAME",
                        help="another name holds out other patients")  # fmt: skip
    parser.add_argument("--final", action="store_true",
                        help="hold out none; scores stay uncalibrated")  # fmt: skip
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoints")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    add_speed_options(parser)
    parser.set_defaults(run=run)


def add_speed_options(parser: argparse.ArgumentParser) -> None:
    """How nets are trained, whichever they are."""
    parser.add_argument("--precision", choices=["auto", "float32", "bfloat16"], default="auto",
                        help="auto is bfloat16 on CUDA, float32 elsewhere")  # fmt: skip
    parser.add_argument("--compile", action="store_true", help="nets go through torch.compile")
    parser.add_argument("--weights", type=Path, metavar="DIR",
                        help="ImageNet weights, where no hub is reached")  # fmt: skip


def train_options(args: argparse.Namespace, *, resume: bool) -> "TrainOptions":
    from pe_models.training.road.train import TrainOptions

    return TrainOptions(
        device=args.device,
        resume=resume,
        precision=args.precision,
        is_compiled=args.compile,
        weights=args.weights,
    )


def run(args: argparse.Namespace) -> int:
    """Trains; ends well too where the run's ``stop`` file asked for it."""
    from dataclasses import replace

    from pe_models.bundle import load_bundle
    from pe_models.training.road.train import train
    from pe_models.training.store import open_stores
    from pe_models.training.weights.nets import StageName, stages_of

    config = _config(args)
    state = train(
        stages_of(config) if args.stage == "all" else (StageName(args.stage),),
        open_stores(args.data),
        args.out,
        config,
        replace(
            train_options(args, resume=args.resume),
            start=load_bundle(args.start) if args.start else None,
            more_crops=open_stores(args.more_crops) if args.more_crops else None,
        ),
        on_progress=progress_printer(args.progress),
    )
    if not is_first_process():
        return 0
    if args.progress != "json":
        say(f"{args.stage}: {state}. The run is in {args.out}.")
    finish(args.progress, state=state, out=str(args.out))
    return 0


def _config(args: argparse.Namespace) -> "TrainConfig":
    from dataclasses import replace

    from pe_models.training.config import preset, with_settings

    config = replace(preset(args.preset), split=args.split, is_final=args.final)
    return with_settings(config, args.settings)
