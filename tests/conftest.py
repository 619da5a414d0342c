"""Shared by all tests: everything of the user below a temporary folder, Qt without a display."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fresh PE_HOME, so that no test reads or writes what belongs to a user."""
    folder = tmp_path_factory.mktemp("home")
    before = os.environ.get("PE_HOME")
    os.environ["PE_HOME"] = str(folder)
    yield folder
    if before is None:
        del os.environ["PE_HOME"]
    else:
        os.environ["PE_HOME"] = before


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real CT series; skips where it is absent."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("PE_REAL_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"real CT data are not at {folder} (set PE_REAL_DATA)")
    return folder
