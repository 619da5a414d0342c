"""Voxels in memory that several processes share, which outlives neither its users nor a kill."""

import math
import mmap
import os
import queue
import secrets
import sys
from functools import cache, partial
from multiprocessing import resource_tracker, shared_memory
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pe_models.parallel.threads import start_thread

_SLOW_TO_FREE_BYTES: Final = 1 << 23


class SharedArray:
    """One int16 array in shared memory, made by one process and attached to by others.

    The maker's ``array`` is writable, an attached one is read-only. ``close`` gives up this side's
    hold; arrays taken before stay valid, and the memory goes with the last of them on either side.
    """

    def __init__(self, segment: "_MemoryFile | _NamedSegment", shape: tuple[int, ...]) -> None:
        self._segment = segment
        self.shape = shape

    @classmethod
    def create(cls, shape: tuple[int, ...]) -> Self:
        """Zeroed memory for ``shape``. Raises OSError where the system has not enough."""
        kind = _MemoryFile if hasattr(os, "memfd_create") else _NamedSegment
        return cls(kind.create(_n_bytes(shape)), shape)

    @classmethod
    def attach(cls, name: str, shape: tuple[int, ...]) -> Self:
        """Attaches to another process's memory. Raises FileNotFoundError when it is gone."""
        kind = _MemoryFile if name.startswith(_MemoryFile.PREFIX) else _NamedSegment
        segment = kind.attach(name)
        if len(segment.buffer) < _n_bytes(shape):
            segment.close()
            raise ValueError(f"shared memory is smaller than an array of {shape}")
        return cls(segment, shape)

    @property
    def name(self) -> str:
        """What another process passes to ``attach``, for as long as the maker has not closed."""
        return self._segment.name

    @property
    def array(self) -> NDArray[np.int16]:
        # Not ndarray(buffer=...): that holds no export, and closing would unmap under the array.
        flat = np.frombuffer(self._segment.buffer, np.int16, count=math.prod(self.shape))
        array = flat.reshape(self.shape)
        if not self._segment.is_owner:
            array.flags.writeable = False
        return array

    def close(self) -> None:
        """Gives up the memory; no ``array`` can be taken, or attached to, from now on."""
        self._segment.close()


class _MemoryFile:
    """Anonymous memory of Linux, found by others through the maker's ``/proc`` entry.

    Chosen over named segments: the kernel frees it with its last user, even after SIGKILL, and
    ``/dev/shm``, 64 MB in many containers, does not bound it (a full one kills with SIGBUS).
    """

    PREFIX: Final = "pe-memory-"

    def __init__(self, name: str, mapping: "_Mapping", owned_descriptor: int | None) -> None:
        self.name = name
        self._mapping: _Mapping | None = mapping
        self._owned_descriptor = owned_descriptor
        _departed()  # no thread should have to start while memory goes

    @classmethod
    def create(cls, n_bytes: int) -> Self:
        token = secrets.token_hex(8)
        descriptor = os.memfd_create(cls.PREFIX + token)
        try:
            os.ftruncate(descriptor, n_bytes)
            mapping = _Mapping(descriptor, n_bytes)
        except (OSError, ValueError):
            os.close(descriptor)
            raise
        return cls(f"{cls.PREFIX}{token}-{os.getpid()}-{descriptor}", mapping, descriptor)

    @classmethod
    def attach(cls, name: str) -> Self:
        label, process, number = name.rsplit("-", 2)
        entry = f"/proc/{int(process)}/fd/{int(number)}"
        # The number may by now stand for another file of that process: look at the label first.
        if not os.readlink(entry).startswith(f"/memfd:{label}"):  # noqa: PTH115 - not a real path
            raise FileNotFoundError(f"shared memory {name} is gone")
        descriptor = os.open(entry, os.O_RDONLY)
        try:
            mapping = _Mapping(descriptor, 0, prot=mmap.PROT_READ)
        finally:
            os.close(descriptor)
        return cls(name, mapping, None)

    @property
    def is_owner(self) -> bool:
        return self._owned_descriptor is not None

    @property
    def buffer(self) -> mmap.mmap:
        if self._mapping is None:
            raise ValueError(_CLOSED)
        return self._mapping

    def close(self) -> None:
        if self._owned_descriptor is not None:
            os.close(self._owned_descriptor)
            self._owned_descriptor = None
        self._mapping = None  # unmapped with the last array over it

    def __del__(self) -> None:
        self.close()


class _Mapping(mmap.mmap):
    """Memory that a thread of its own gives back, whoever was the last to hold it.

    For a study that is often the window, which would stand still: 150 MB take the kernel 30 ms.
    """

    def __del__(self) -> None:
        if not self.closed and len(self) >= _SLOW_TO_FREE_BYTES and not sys.is_finalizing():
            _departed().put(self)


@cache
def _departed() -> "queue.SimpleQueue[_Mapping]":
    """What is put here goes soon. Its ``put`` is safe in a finalizer, which starting is not."""
    mappings: queue.SimpleQueue[_Mapping] = queue.SimpleQueue()
    start_thread(partial(_drop_all, mappings), name="pe-memory")
    return mappings


def _drop_all(mappings: "queue.SimpleQueue[_Mapping]") -> None:
    while True:
        mappings.get()  # nothing else holds it


class _NamedSegment:
    """A named segment, where the system has no anonymous memory that others can reach."""

    def __init__(self, segment: shared_memory.SharedMemory, *, is_owner: bool) -> None:
        self._segment = segment
        self.name = segment.name
        self.is_owner = is_owner
        self._is_closed = False

    @classmethod
    def create(cls, n_bytes: int) -> Self:
        segment = shared_memory.SharedMemory(create=True, size=n_bytes)
        _owned_names.add(segment.name)
        return cls(segment, is_owner=True)

    @classmethod
    def attach(cls, name: str) -> Self:
        if sys.version_info >= (3, 13):
            return cls(shared_memory.SharedMemory(name=name, track=False), is_owner=False)
        segment = shared_memory.SharedMemory(name=name)
        if os.name == "posix" and name not in _owned_names:
            # WORKAROUND python/cpython#82300: attaching registers the segment for removal too.
            resource_tracker.unregister(f"/{name}", "shared_memory")
        return cls(segment, is_owner=False)

    @property
    def buffer(self) -> memoryview:
        if self._is_closed:
            raise ValueError(_CLOSED)
        return memoryview(self._segment.buf)  # type: ignore[arg-type]

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        if self.is_owner:
            self._segment.unlink()
            _owned_names.discard(self.name)
        try:
            self._segment.close()
        except BufferError:
            self._leave_mapping_to_its_arrays()

    def _leave_mapping_to_its_arrays(self) -> None:
        # WORKAROUND python/cpython#84140: close() fails while an array over the segment lives, and
        # fails again, aloud, in its finalizer. The mapping goes with the last array by itself; only
        # the descriptor is ours to close.
        descriptor = getattr(self._segment, "_fd", -1)
        if descriptor >= 0:
            os.close(descriptor)
            self._segment._fd = -1  # type: ignore[attr-defined]
        self._segment.close = lambda: None  # type: ignore[method-assign]


_CLOSED: Final = "this shared memory was closed"
_owned_names: set[str] = set()


def _n_bytes(shape: tuple[int, ...]) -> int:
    return max(1, math.prod(shape) * np.dtype(np.int16).itemsize)
