"""A disk that really is full: whole studies stay, half ones do not, and more room lets it go on."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pe_models.phantom.cohort import write_cohort
from pe_models.phantom.spec import PhantomError

pytestmark = pytest.mark.long
_COHORT = {"n_studies": 4, "seed": 40, "matrix": 64, "n_slices": 24}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 800 kB, which holds two of four studies."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    command = ["mount", "-t", "tmpfs", "-o", "size=800k", "tmpfs", str(tmp_path)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("this system mounts nothing")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_full_disk_keeps_whole_studies_alone_and_with_more_room_the_cohort_is_finished(
    small_disk: Path,
) -> None:
    out = small_disk / "cohort"
    with pytest.raises(PhantomError, match="could not be written: No space left on device"):
        write_cohort(out, **_COHORT)  # type: ignore[arg-type]
    assert not list(out.rglob(".partial-*"))
    assert not (out / "train.csv").exists()
    for truth in (out / "truth").glob("*.json"):
        assert json.loads(truth.read_text())["n_slices"] == 24
        assert truth.with_name(f"{truth.stem}-masks.npz").is_file()
    for study in (out / "train").iterdir():
        assert len(list(study.rglob("*.dcm"))) == 24
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    write_cohort(out, **_COHORT)  # type: ignore[arg-type]
    assert len(list((out / "truth").glob("*.json"))) == 4
    assert (out / "train.csv").is_file()
