"""How cohorts of every kind are written: study by study, whole or not at all, in all processes."""

import csv
import errno
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import cv2

from pe_models.parallel import map_processes, usable_cores
from pe_models.phantom import FIRST_RESERVED_SEED
from pe_models.phantom.chance import stream
from pe_models.phantom.files import whole_file, whole_folder, why
from pe_models.phantom.spec import PhantomError
from pe_models.progress import CancelToken, OnProgress, Progress


class Order(Protocol):
    """One study to write; crosses into the worker processes."""

    @property
    def truth_file(self) -> Path:
        """It comes last, and says that the study is done."""


OrderT = TypeVar("OrderT", bound=Order)


def check_cohort(n_studies: int, seed: int, positive_fraction: float, *, reserved: bool) -> None:
    """Raises PhantomError where no cohort can have these arguments."""
    if not 1 <= n_studies <= 100_000:
        raise PhantomError(
            f"A cohort has between 1 and 100000 studies; {n_studies} were asked for."
        )
    if not 0.0 <= positive_fraction <= 1.0:
        raise PhantomError(
            f"The positive fraction must lie between 0 and 1; {positive_fraction:g} was asked for."
        )
    if seed < 0:
        raise PhantomError(f"The seed must be 0 or more; {seed} was asked for.")
    if reserved and seed < FIRST_RESERVED_SEED:
        raise PhantomError(f"Reserved seeds begin at {FIRST_RESERVED_SEED}; {seed} was asked for.")
    if not reserved and seed + n_studies > FIRST_RESERVED_SEED:
        raise PhantomError(
            f"Seeds from {FIRST_RESERVED_SEED} up are kept for evaluation; this cohort would end "
            f"at {seed + n_studies - 1}. Use lower seeds, or say --reserved."
        )


def positive_studies(n_studies: int, seed: int, fraction: float) -> frozenset[int]:
    """Places of the positive studies in a cohort, their ``fraction`` met to the nearest."""
    order = stream(seed, "positive studies", n_studies).permutation(n_studies)
    return frozenset(int(i) for i in order[: int(fraction * n_studies + 0.5)])


def refuse_strangers(strangers: Sequence[object], what: str) -> None:
    """Raises PhantomError where a folder holds ``strangers``: studies of other arguments."""
    if strangers:
        raise PhantomError(
            f"The folder holds {len(strangers)} {what} of another cohort; choose an empty folder, "
            "or the arguments it was begun with."
        )


def write_missing(
    orders: Sequence[OrderT],
    write: Callable[[OrderT, CancelToken], None],
    on_progress: OnProgress,
    cancel: CancelToken | None,
) -> None:
    """``write``, a function of a module, makes each order that has no truth file yet.

    Raises what it does, and Cancelled between two orders.
    """
    missing = [order for order in orders if not order.truth_file.exists()]
    done = len(orders) - len(missing)
    on_progress(Progress("phantom", done, len(orders)))
    for _ in _each_written(missing, write, cancel):
        done += 1
        on_progress(Progress("phantom", done, len(orders)))


def write_alone(out_folder: str | Path, write: Callable[[Path], None]) -> Path:
    """One study's images, by ``write``, in a folder that must be empty or absent.

    Raises PhantomError where it is not, or where it could not be written.
    """
    folder = Path(out_folder)
    if folder.exists() and any(folder.iterdir()):
        raise PhantomError("The folder for the phantom is not empty; choose another.")
    try:
        with whole_folder(folder) as unfinished:
            write(unfinished)
    except OSError as error:
        raise PhantomError(f"The phantom could not be written: {why(error)}.") from error
    return folder


def write_csv(path: Path, header: Iterable[str], rows: Iterable[tuple[object, ...]]) -> None:
    with (
        whole_file(path) as unfinished,
        unfinished.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _each_written(
    orders: Sequence[OrderT],
    write: Callable[[OrderT, CancelToken], None],
    cancel: CancelToken | None,
) -> Iterator[None]:
    n_processes = min(usable_cores(), len(orders))
    if n_processes > 1:
        in_process = partial(_write_in_process, write)
        yield from map_processes(in_process, orders, n_processes=n_processes, cancel=cancel)
        return
    heeded = cancel or CancelToken()
    for order in orders:
        heeded.raise_if_cancelled()
        write(order, heeded)
        yield


def _write_in_process(write: Callable[[OrderT, CancelToken], None], order: OrderT) -> None:
    cv2.setNumThreads(1)  # the processes share the cores already
    try:
        write(order, CancelToken())
    except OSError as error:  # what it wraps does not cross to the other process
        raise OSError(error.errno or errno.EIO, why(error)) from error
