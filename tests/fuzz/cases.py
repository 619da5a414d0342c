"""One case: a few files, some of them damaged, the same for the same seed and number."""

import io
import random
import zipfile
from typing import Final

from mutations import damaged_bytes, mutated
from parts import Parts
from seeds import Seed

_ZIPPED: Final = 0.12
_ALIKE: Final = 0.35
"""Share of the cases in which every slice is damaged in the same way, so that they stay a stack."""


def case(seeds: tuple[Seed, ...], seed: int, number: int) -> dict[str, bytes]:
    """File names and contents."""
    rng = random.Random(f"{seed}/{number}")
    chosen = rng.choice(seeds)
    n_files = rng.randint(1, len(chosen.files))
    state = rng.getstate()
    n_damaged = rng.randint(1, n_files)
    is_alike = rng.random() < _ALIKE
    files = {}
    for index, parts in enumerate(chosen.files[:n_files]):
        if is_alike:
            rng.setstate(state)
        is_damaged = is_alike or index < n_damaged
        files[f"IM{index}"] = _damaged(parts, rng) if is_damaged else parts.written()
    return _zipped(files, rng) if rng.random() < _ZIPPED else files


def _damaged(parts: Parts, rng: random.Random) -> bytes:
    for _ in range(rng.choice((0, 1, 1, 1, 2, 4))):
        parts = mutated(parts, rng)
    data = parts.written()
    if rng.random() < 0.3:
        reach = rng.choice((400, 1200, len(data)))
        data = damaged_bytes(data[:reach], rng) + data[reach:]
    return data


def _zipped(files: dict[str, bytes], rng: random.Random) -> dict[str, bytes]:
    packed = io.BytesIO()
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    data = packed.getvalue()
    for _ in range(rng.choice((0, 1, 3))):
        reach = rng.choice((0, 0, max(0, len(data) - 200)))  # the directory stands at the end
        data = data[:reach] + damaged_bytes(data[reach:], rng)
    return {"study.zip": data}
