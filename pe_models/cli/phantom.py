"""`pe-models phantom`: a synthetic cohort in a task's RSNA layout, or straight to arrays."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from pe_models.cli.output import finish, progress_printer, say, warn
from pe_models.cli.signals import terminated_as_interrupted
from pe_models.tasks import DEFAULT_TASK, HEMORRHAGE, PE, PNEUMONIA, TASKS

_POSITIVE_FRACTION: Final = {PE.key: 0.4, HEMORRHAGE.key: 0.4, PNEUMONIA.key: 0.5}
"""By task, where nobody says."""
_MATRIX: Final = {PE.key: 512, HEMORRHAGE.key: 256, PNEUMONIA.key: 384}
_CHEST_ALONE: Final = ("arrays", "spacing_mm", "margin_mm", "emboli", "workers", "demo")
"""Options of the chest phantom; it is what the task pe is trained on."""
_ARRAYS_ALONE: Final = ("spacing_mm", "margin_mm", "emboli", "workers")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "phantom", help="write a synthetic cohort with its exact truth, in the RSNA layout"
    )
    parser.add_argument(
        "--task", choices=tuple(TASKS), default=DEFAULT_TASK,
        help="what is shown: chests with emboli (pe, the default), heads with bleeds (hemorrhage) "
        "or radiographs with pneumonia",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--studies", type=int, metavar="N")
    parser.add_argument("--seed", type=int, metavar="S", help="seed of the first study")
    parser.add_argument(
        "--positive-fraction", type=float, metavar="F",
        help="share of studies with a finding, met to the nearest study (default 0.4; of "
        "radiographs 0.5)",
    )  # fmt: skip
    parser.add_argument(
        "--matrix", type=int, metavar="PX",
        help="pixels along a side (default 512; of heads 256, of radiographs 384)",
    )  # fmt: skip
    parser.add_argument(
        "--slices", type=int, metavar="N", help="slices of a study (default: by the seed)"
    )
    parser.add_argument(
        "--reserved", action="store_true", help="seeds from 900000 up, never used for training"
    )
    parser.add_argument(
        "--arrays", action="store_true",
        help="a prepared store for `train`, with what each voxel is, instead of DICOM",
    )  # fmt: skip
    parser.add_argument(
        "--spacing-mm", type=float, metavar="MM",
        help="distance of slices, of arrays alone (default 2.5, where --slices is not given)",
    )  # fmt: skip
    parser.add_argument(
        "--margin-mm", type=float, metavar="MM",
        help="of arrays: keep of each slice the lungs' box and so much around it, to save disk",
    )  # fmt: skip
    parser.add_argument(
        "--emboli", type=int, metavar="N",
        help="of arrays: so many emboli in each positive study, mostly small ones, for the slice "
        "net alone (default: as many as in life)",
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes, of arrays (default: one a core)"
    )
    parser.add_argument(
        "--demo", action="store_true", help="only the images of the demo study, straight into DIR"
    )
    parser.set_defaults(run=run, usage_error=parser.error)


@terminated_as_interrupted()
def run(args: argparse.Namespace) -> int:
    """Writes the cohort; an interrupted one goes on where it stopped."""
    _refuse_options_of_chests(args)
    if args.demo:
        return _write_demo_study(args)
    if args.studies is None or args.seed is None:
        args.usage_error("--studies and --seed are needed (or --demo)")
    if args.matrix is None:
        args.matrix = _MATRIX[args.task]
    if args.positive_fraction is None:
        args.positive_fraction = _POSITIVE_FRACTION[args.task]
    if args.arrays:
        return _write_arrays(args)
    if any(getattr(args, name) is not None for name in _ARRAYS_ALONE):
        args.usage_error("--spacing-mm, --margin-mm, --emboli and --workers go with --arrays")
    folder = _WRITERS[args.task](args)
    if args.progress != "json":
        say(f"{args.studies} phantom studies in {folder}")
    finish(args.progress, out=str(folder), n_studies=args.studies)
    return 0


def _refuse_options_of_chests(args: argparse.Namespace) -> None:
    if args.task == PE.key:
        return
    given = [name for name in _CHEST_ALONE if getattr(args, name) not in (None, False)]
    if args.task == PNEUMONIA.key and args.slices is not None:
        given.append("slices")
    if given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        args.usage_error(f"{options} cannot be given with --task {args.task}")


def _write_chests(args: argparse.Namespace) -> Path:
    from pe_models.phantom.cohort import write_cohort

    return write_cohort(
        args.out, matrix=args.matrix, n_slices=args.slices, **_common_arguments(args)
    )


def _write_heads(args: argparse.Namespace) -> Path:
    from pe_models.phantom.head.cohort import write_head_cohort

    return write_head_cohort(
        args.out, matrix=args.matrix, n_slices=args.slices, **_common_arguments(args)
    )


def _write_radiographs(args: argparse.Namespace) -> Path:
    from pe_models.phantom.radiograph.cohort import write_radiograph_cohort

    return write_radiograph_cohort(args.out, px=args.matrix, **_common_arguments(args))


def _common_arguments(args: argparse.Namespace) -> dict[str, Any]:
    return {
        "n_studies": args.studies,
        "seed": args.seed,
        "positive_fraction": args.positive_fraction,
        "reserved": args.reserved,
        "on_progress": progress_printer(args.progress),
    }


_WRITERS: Final[Mapping[str, Callable[[argparse.Namespace], Path]]] = {
    PE.key: _write_chests,
    HEMORRHAGE.key: _write_heads,
    PNEUMONIA.key: _write_radiographs,
}


def _write_arrays(args: argparse.Namespace) -> int:
    if args.workers is not None and args.workers < 1:
        args.usage_error(f"--workers must be 1 or more; {args.workers} was given")
    if args.spacing_mm is not None and args.slices is not None:
        args.usage_error("give --slices or --spacing-mm, not both")
    from pe_models.parallel import usable_cores
    from pe_models.training.preparing.phantom_store import (
        USUAL_SLICE_MM,
        ArrayCohort,
        write_phantom_store,
    )

    cohort = ArrayCohort(
        n_studies=args.studies,
        seed=args.seed,
        positive_fraction=args.positive_fraction,
        matrix=args.matrix,
        n_slices=args.slices,
        slice_mm=USUAL_SLICE_MM if args.spacing_mm is None else args.spacing_mm,
        margin_mm=args.margin_mm,
        n_emboli=args.emboli,
        is_reserved=args.reserved,
    )
    store = write_phantom_store(
        args.out,
        cohort,
        n_workers=args.workers or usable_cores(),
        on_progress=progress_printer(args.progress),
    )
    for failure in store.failed:
        warn(f"The phantom of {failure.study} was left out: {failure.reason}")
    if args.progress != "json":
        say(f"{len(store.studies)} phantom studies in {args.out}, {len(store.failed)} left out.")
    finish(args.progress, out=str(args.out), n_studies=len(store.studies))
    return 0


def _write_demo_study(args: argparse.Namespace) -> int:
    from pe_models.phantom import DEMO_SEED, DEMO_SPEC, GENERATOR_VERSION
    from pe_models.phantom.cohort import write_study

    folder = args.out / f"phantom-{GENERATOR_VERSION}"
    if not folder.exists():
        write_study(folder, DEMO_SEED, DEMO_SPEC)
    if args.progress != "json":
        say(f"The demo study, a phantom, is in {folder}")
    finish(args.progress, out=str(folder), n_studies=1)
    return 0
