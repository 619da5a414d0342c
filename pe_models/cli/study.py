"""`pe-models study`: thirteen slice classifiers, by slice and by patient, in one table."""

import argparse
from typing import TYPE_CHECKING

from pe_models.cli.output import finish, given_path, progress_printer, say, warn
from pe_models.cli.signals import terminated_as_interrupted

if TYPE_CHECKING:
    from pe_models.experiments.study.carrying_out import StudyRun

_FIRST_SEED = 60_000
"""Of the phantoms that a study makes for itself, unless told otherwise."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "study", help="compare thirteen slice classifiers by slice and by patient"
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--data", type=given_path, metavar="DIR",
        help="a prepared store, the RSNA-STR layout, or folders positive/ and negative/ of JPEG "
             "or PNG slices",
    )  # fmt: skip
    source.add_argument("--phantoms", type=int, metavar="N", help="make N phantoms in DIR/phantoms")
    parser.add_argument("--out", type=given_path, required=True, metavar="DIR")
    parser.add_argument("--preset", default="laptop", metavar="NAME",
                        help="original, laptop (default) or tiny")  # fmt: skip
    parser.add_argument("--resume", action="store_true", help="train what is missing alone")
    parser.add_argument(
        "--weights", type=given_path, metavar="DIR",
        help="ImageNet weights of the transfer models (resnet50.safetensors, in timm's names)",
    )  # fmt: skip
    parser.add_argument(
        "--try-steps", type=int, metavar="N",
        help="take N steps of each model and say how long the whole would take; write nothing",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of draws and weights")
    parser.add_argument("--phantom-seed", type=int, default=_FIRST_SEED, metavar="S",
                        help=f"of the first phantom (default {_FIRST_SEED})")  # fmt: skip
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.set_defaults(run=run, usage_error=parser.error)


@terminated_as_interrupted()
def run(args: argparse.Namespace) -> int:
    """Carries the study out; an interrupted one goes on with --resume."""
    if args.phantoms is not None and args.phantoms < 1:
        args.usage_error(f"--phantoms must be 1 or more; {args.phantoms} was given")
    if args.try_steps is not None and args.try_steps < 2:
        args.usage_error(f"--try-steps must be 2 or more; {args.try_steps} was given")
    study = _study(args)
    for reason in study.data.table.skipped:
        warn(reason)
    return _try(args, study) if args.try_steps else _carry_out(args, study)


def _study(args: argparse.Namespace) -> "StudyRun":
    from pe_models.experiments.study.carrying_out import StudyRun
    from pe_models.experiments.study.data import make_slices, open_slices
    from pe_models.experiments.study.presets import study_preset

    preset = study_preset(args.preset)
    if args.phantoms is None:
        slices = open_slices(args.data)
    else:
        slices = make_slices(
            args.out / "phantoms",
            args.phantoms,
            preset.phantoms,
            seed=args.phantom_seed,
            on_progress=progress_printer(args.progress),
        )
    return StudyRun(
        args.out, preset, slices, weights=args.weights, device=args.device, seed=args.seed
    )


def _carry_out(args: argparse.Namespace, study: "StudyRun") -> int:
    from pe_models.experiments.study.study import run_study
    from pe_models.experiments.study.tables import markdown

    result = run_study(study, resume=args.resume, on_progress=progress_printer(args.progress))
    if args.progress != "json":
        say(markdown(result))
        say(f"Tables and figures are in {args.out}.")
    finish(args.progress, out=str(args.out), chosen=dict(result.chosen))
    return 0


def _try(args: argparse.Namespace, study: "StudyRun") -> int:
    from pe_models.experiments.study.trial import try_steps

    total = 0.0
    for trial in try_steps(study, args.try_steps):
        total += trial.seconds
        if args.progress != "json":
            say(
                f"{trial.model:<18} {trial.step_seconds:8.2f} s a step, {trial.n_steps} steps, "
                f"by both splits {_duration(trial.seconds)}"
            )
    if args.progress != "json":
        say(f"All of them: {_duration(total)} on this machine, scoring not counted.")
    finish(args.progress, seconds=round(total))
    return 0


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
