"""What a retraining uses of this machine while it runs, for whoever follows it."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from pe_models.errors import DatasetError
from pe_models.retraining.rates import peak_memory_bytes
from pe_models.training.files import read_json, write_json

_INTERVAL_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Usage:
    """``cores`` of the CPU kept busy by the process itself, the most memory, and of the GPU's."""

    device: str
    cores: float
    memory_bytes: int
    gpu_bytes: int = 0

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """None where there is none that can be read."""
        try:
            record: Mapping[str, Any] = read_json(path)
            return cls(**record)
        except (DatasetError, TypeError):
            return None


class UsageMeter:
    """Writes ``path`` every two seconds at most. ``gpu_bytes`` tells the GPU's memory in use."""

    def __init__(
        self,
        path: Path,
        device: str,
        gpu_bytes: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._device, self._gpu_bytes, self._clock = path, device, gpu_bytes, clock
        self._at, self._cpu_s = clock(), _cpu_seconds()

    @classmethod
    def on(cls, device: str, path: Path) -> Self:
        """On ``auto``, ``cpu`` or ``cuda``. Imports torch."""
        import torch

        has_gpu = device != "cpu" and torch.cuda.is_available()
        used = torch.cuda.max_memory_allocated if has_gpu else int
        return cls(path, "cuda" if has_gpu else "cpu", used)

    def note(self) -> None:
        now = self._clock()
        if now - self._at < _INTERVAL_S:
            return
        cpu_s = _cpu_seconds()
        cores = (cpu_s - self._cpu_s) / (now - self._at)
        self._at, self._cpu_s = now, cpu_s
        usage = Usage(self._device, round(cores, 2), peak_memory_bytes(), self._gpu_bytes())
        write_json(self._path, asdict(usage))


def _cpu_seconds() -> float:
    """Of this process and of those that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
