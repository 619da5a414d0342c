"""What a run says that it uses of the machine."""

from pathlib import Path

from pe_models.retraining.usage import Usage, UsageMeter


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_usage_is_written_every_two_seconds_at_most(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "use.json"
    meter = UsageMeter(path, "cpu", lambda: 0, clock)
    clock.now = 1.9
    meter.note()
    assert Usage.read(path) is None
    clock.now = 2.0
    meter.note()
    usage = Usage.read(path)
    assert usage is not None
    assert usage.device == "cpu"
    assert usage.cores >= 0.0
    assert usage.memory_bytes > 10_000_000


def test_a_busy_core_counts_as_one(tmp_path: Path) -> None:
    import time

    path = tmp_path / "use.json"
    meter = UsageMeter(path, "cpu", lambda: 0, time.process_time)
    end = time.process_time() + 2.1
    while time.process_time() < end:
        pass
    meter.note()
    usage = Usage.read(path)
    assert usage is not None
    assert 0.9 < usage.cores < 1.1


def test_the_memory_of_a_gpu_is_told(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "use.json"
    meter = UsageMeter(path, "cuda", lambda: 5, clock)
    clock.now = 3.0
    meter.note()
    assert Usage.read(path) == Usage(
        "cuda", Usage.read(path).cores, Usage.read(path).memory_bytes, 5
    )  # type: ignore[union-attr]


def test_a_spoilt_file_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "use.json"
    path.write_text('{"device": 1')
    assert Usage.read(path) is None
    path.write_text('{"device": "cpu", "what": 1}')
    assert Usage.read(path) is None
