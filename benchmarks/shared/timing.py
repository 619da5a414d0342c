"""Rivals timed on the same work in one run, in both orders: median, spread and ratio."""

import statistics
import time
from collections.abc import Callable, Mapping
from subprocess import CalledProcessError

Work = Callable[[], object]
OURS = "ours"


def alternated(rivals: Mapping[str, Work], *, rounds: int) -> dict[str, list[float]]:
    """Seconds of each rival, one entry a round; every second round in the opposite order."""
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for turn in range(rounds):
        for name in list(rivals)[:: -1 if turn % 2 else 1]:
            start = time.perf_counter()
            rivals[name]()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def warmed_up(rivals: Mapping[str, Work]) -> dict[str, Work]:
    """Those that can do the work; each has done it once, and the others are named."""
    able = {}
    for name, work in rivals.items():
        try:
            work()
        except (RuntimeError, AttributeError, ValueError, CalledProcessError) as error:
            print(f"  {name:26} cannot: {str(error).splitlines()[0][:70]}")
        else:
            able[name] = work
    return able


def show(title: str, seconds: Mapping[str, list[float]], *, per: int, unit: str) -> None:
    """One line a rival, in ms per ``unit`` of which the work holds ``per``."""
    print(f"\n{title}, ms a {unit}")
    ours = statistics.median(seconds[OURS])
    for name, found in seconds.items():
        each = [1000 * one / per for one in found]
        spread = f"{min(each):.3f} to {max(each):.3f}"
        ratio = statistics.median(found) / ours
        print(f"  {name:26} {statistics.median(each):8.3f}  ({spread})  {ratio:5.2f} x ours")
