"""On which device and with how many threads nets compute."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

from pe_models.bundle import AnyBundle
from pe_models.errors import BundleError, InputError


def choose_device(wanted: str | torch.device) -> torch.device:
    """``auto`` is CUDA where there is one, else the CPU. Raises InputError where it is missing."""
    has_cuda = torch.cuda.is_available()
    if wanted == "auto":
        return torch.device("cuda" if has_cuda else "cpu")
    device = torch.device(wanted)
    if device.type == "cuda" and not has_cuda:
        raise InputError("There is no CUDA device here; use --device cpu or auto.")
    return device


def use_threads(n_threads: int) -> None:
    """How many threads the nets use in this process, from now on."""
    torch.set_num_threads(n_threads)


@contextmanager
def within_memory(device: torch.device) -> Iterator[None]:
    """Raises InputError where ``device`` has too little memory for what is computed within."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise InputError(
            f"The memory of {device} does not hold this series. Close other programs "
            "that use it, or analyse on the CPU."
        ) from error


def require_numbers(values: NDArray[np.floating], bundle: AnyBundle) -> None:
    """Raises BundleError where the nets of ``bundle`` gave ``values`` that are no numbers."""
    if not np.isfinite(values).all():
        raise BundleError(
            f"The nets of bundle {bundle.name} give values that are no numbers; no "
            "findings were made. Get the bundle again or choose another."
        )
