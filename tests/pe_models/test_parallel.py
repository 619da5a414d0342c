"""Shared memory that outlives neither its users nor a kill; pools that keep order and stop."""

import gc
import mmap
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pe_models import parallel
from pe_models.parallel import SharedArray, shared_array
from pe_models.progress import Cancelled, CancelToken

SHAPE = (3, 40, 60)


def ramp() -> np.ndarray:
    return np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)


@pytest.fixture(params=["_MemoryFile", "_NamedSegment"])
def create(request: pytest.FixtureRequest) -> Callable[[], SharedArray]:
    """Makes a SharedArray of either kind, whatever this system would choose."""
    if request.param == "_MemoryFile" and not hasattr(os, "memfd_create"):
        pytest.skip("anonymous memory is Linux's")
    kind = getattr(shared_array, request.param)
    return lambda: SharedArray(kind.create(shared_array._n_bytes(SHAPE)), SHAPE)


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


ATTACH = """
import sys
from pe_models.parallel import SharedArray, shared_array
shared = SharedArray.attach(sys.argv[1], (3, 40, 60))
array = shared.array
shared.close()
print(int(array[2, 39, 59]), array.flags.writeable)
"""


def test_another_process_sees_the_same_numbers_and_leaves_no_trace(
    create: Callable[[], SharedArray],
) -> None:
    shared = create()
    shared.array[:] = ramp()
    for _ in range(2):  # a second process still finds it: the first did not remove it
        done = run_python(ATTACH, shared.name)
        assert done.stdout.split() == [str(ramp()[2, 39, 59]), "False"]
        assert done.stderr == ""
    shared.close()


def test_an_array_outlives_the_closing_of_its_memory(create: Callable[[], SharedArray]) -> None:
    shared = create()
    array = shared.array
    array[:] = ramp()
    shared.close()
    del shared
    gc.collect()
    np.testing.assert_array_equal(array, ramp())


def test_a_worker_keeps_its_array_when_the_maker_closes(create: Callable[[], SharedArray]) -> None:
    maker = create()
    maker.array[:] = ramp()
    attached = SharedArray.attach(maker.name, SHAPE)
    array = attached.array
    maker.close()
    np.testing.assert_array_equal(array, ramp())
    attached.close()


def test_closed_memory_can_no_longer_be_attached_to(create: Callable[[], SharedArray]) -> None:
    shared = create()
    name = shared.name
    shared.close()
    with pytest.raises(FileNotFoundError):
        SharedArray.attach(name, SHAPE)


def test_closed_memory_gives_no_more_arrays(create: Callable[[], SharedArray]) -> None:
    shared = create()
    shared.close()
    shared.close()
    with pytest.raises(ValueError, match="closed"):
        _ = shared.array


def test_a_shape_beyond_the_memory_is_refused(create: Callable[[], SharedArray]) -> None:
    shared = create()
    with pytest.raises(ValueError, match="smaller"):
        SharedArray.attach(shared.name, (300, 400, 600))
    shared.close()


def test_a_number_taken_over_by_another_file_is_not_attached_to(tmp_path: Path) -> None:
    if not hasattr(os, "memfd_create"):
        pytest.skip("anonymous memory is Linux's")
    shared = SharedArray.create(SHAPE)
    name = shared.name
    shared.close()
    with (tmp_path / "other").open("w+b") as other:
        descriptor = int(name.rsplit("-", 1)[1])
        if other.fileno() != descriptor:
            os.dup2(other.fileno(), descriptor)
        with pytest.raises(FileNotFoundError):
            SharedArray.attach(name, SHAPE)
        if other.fileno() != descriptor:
            os.close(descriptor)


def test_dropped_memory_is_freed_with_its_descriptor() -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("descriptors are counted through /proc")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        SharedArray.create(SHAPE)
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


CREATE_AND_WAIT = """
import sys
from pe_models.parallel import SharedArray, shared_array
shared = SharedArray.create((300, 512, 512))
shared.array[:] = 1
print(shared.name, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="anonymous memory is Linux's")
def test_large_memory_is_given_back_by_a_thread_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    going: queue.SimpleQueue[object] = queue.SimpleQueue()
    monkeypatch.setattr(shared_array, "_departed", lambda: going)
    shared = SharedArray.create((32, 512, 512))
    array = shared.array
    shared.close()
    assert going.empty()  # the array still needs it
    del shared, array
    assert isinstance(going.get(timeout=60), mmap.mmap)


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="anonymous memory is Linux's")
def test_what_was_given_back_is_free_soon() -> None:
    before = memory_in_use()
    shared = SharedArray.create((32, 512, 512))
    assert memory_in_use() - before
    del shared
    while memory_in_use() - before:
        time.sleep(0.001)  # the time limit of the test ends this


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="anonymous memory is Linux's")
def test_more_memory_than_there_is_is_refused_without_a_trace() -> None:
    before = memory_in_use()
    with pytest.raises(OSError, match=r"."):
        SharedArray.create((1 << 20, 1 << 20, 1 << 12))
    assert not memory_in_use() - before  # and no finalizer failed, which would be a warning


def memory_in_use() -> set[str]:
    """The shared memory that this process has mapped."""
    maps = Path("/proc/self/maps").read_text().splitlines()
    return {line for line in maps if "/memfd:pe-memory-" in line}


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="named segments need their tracker")
def test_a_killed_maker_takes_its_memory_with_it() -> None:
    maker = subprocess.Popen(
        [sys.executable, "-c", CREATE_AND_WAIT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert maker.stdout is not None
    name = maker.stdout.readline().strip()
    attached = SharedArray.attach(name, (300, 512, 512))
    assert int(attached.array[299, 511, 511]) == 1
    attached.close()
    segments = {entry.name for entry in Path("/dev/shm").iterdir()}
    assert not any(name in segment for segment in segments)  # nothing that outlives a kill
    maker.send_signal(signal.SIGKILL)
    maker.communicate()
    with pytest.raises(FileNotFoundError):
        SharedArray.attach(name, (300, 512, 512))


def test_a_process_that_ends_without_closing_leaves_no_warning() -> None:
    done = run_python(
        "from pe_models.parallel import SharedArray\n"
        "a = SharedArray.create((3, 4, 5)); kept = a.array; a.close()\n"
        "b = SharedArray.create((3, 4, 5)); b.array[:] = 2\n"
    )
    assert done.returncode == 0
    assert done.stderr == ""


def test_results_come_in_the_order_of_the_items() -> None:
    def slow_first(item: int) -> int:
        if item == 0:
            started.wait(5)
        if item == 3:
            started.set()
        return item * item

    started = threading.Event()
    results = list(parallel.map_threads(slow_first, range(20), n_threads=4))
    assert results == [item * item for item in range(20)]


def test_work_runs_no_further_ahead_than_twice_the_threads() -> None:
    begun: list[int] = []

    def note(item: int) -> int:
        begun.append(item)
        return item

    results = parallel.map_threads(note, range(1000), n_threads=2)
    next(results)
    assert len(begun) <= 2 * 2 + 1
    results.close()  # type: ignore[attr-defined]


def test_a_failure_comes_out_in_place() -> None:
    def fail_at_two(item: int) -> int:
        if item == 2:
            raise ValueError("item 2")
        return item

    results = parallel.map_threads(fail_at_two, range(5), n_threads=2)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="item 2"):
        next(results)


def test_cancel_stops_between_items() -> None:
    cancel = CancelToken()
    results = parallel.map_threads(lambda item: item, range(1000), n_threads=2, cancel=cancel)
    next(results)
    cancel.cancel()
    with pytest.raises(Cancelled):
        list(results)


def test_cancel_is_heeded_while_an_item_takes_long() -> None:
    cancel, release = CancelToken(), threading.Event()

    def wait_for_release(item: int) -> int:
        release.wait(10)
        return item

    def cancel_then_release() -> None:
        cancel.cancel()
        time.sleep(0.3)  # longer than one poll: the consumer must have seen the cancel by itself
        release.set()

    parallel.start_thread(cancel_then_release, name="test-cancel")
    with pytest.raises(Cancelled):
        list(parallel.map_threads(wait_for_release, range(4), n_threads=1, cancel=cancel))


def negate(item: int) -> int:
    return -item


@pytest.mark.long
def test_processes_give_the_results_of_threads() -> None:
    assert list(parallel.map_processes(abs, [-3, 2, -1], n_processes=2)) == [3, 2, 1]


def test_a_process_imports_nothing_from_the_current_folder(tmp_path: Path) -> None:
    program, here = tmp_path / "program.py", tmp_path / "study"
    program.write_text(
        "from pe_models.parallel import map_processes\n"
        "if __name__ == '__main__':\n"
        "    print(*map_processes(abs, [-3], n_processes=1))\n"
    )
    here.mkdir()
    (here / "pickle.py").write_text("raise SystemExit('imported from the current folder')\n")
    command = [sys.executable, str(program)]
    done = subprocess.run(
        command, cwd=here, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("3", "")


def test_the_nets_threads_sleep_at_a_barrier_unless_the_user_says_otherwise() -> None:
    code = (
        "import os, sys; from pe_models.parallel import sleep_while_waiting; sleep_while_waiting();"
        "print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    )
    without = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    for environment, expected in (
        (without, "PASSIVE False"),
        ({**without, "OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE False"),
    ):
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        assert done.stdout.strip() == expected


def test_background_work_leaves_one_core_to_the_window() -> None:
    assert parallel.usable_cores() >= 1
    assert parallel.background_threads() == max(1, parallel.usable_cores() - 1)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own here")
def test_pool_threads_give_way_to_the_thread_that_asked():
    def niceness(_: int) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    (theirs,) = set(parallel.map_threads(niceness, range(4), n_threads=2))

    assert theirs == min(niceness(0) + 5, 19)
