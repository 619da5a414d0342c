"""The wheel carries everything: built, installed apart, and used from another folder."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with this wheel; the dependencies are those of the running one."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    paths = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", vars=paths))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # Paths named in a .pth come after the environment's own, so this checkout stays hidden.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def test_the_wheel_holds_two_packages_and_the_resources(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {
        "pe_models",
        "pe_viewer",
    }
    shipped = {
        str(path.relative_to(ROOT / "resources"))
        for path in (ROOT / "resources").rglob("*")
        if path.is_file()
    }
    carried = {
        name.removeprefix("pe_models/_resources/")
        for name in names
        if name.startswith("pe_models/_resources/")
    }
    assert carried == shipped


def test_the_installed_wheel_makes_a_report_from_another_folder(
    installed: Path, tmp_path: Path
) -> None:
    python = installed / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [str(python), *arguments],
            cwd=tmp_path,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = run("-c", "import pe_models.places as p; print(p.resources())").strip()
    assert Path(where).is_relative_to(installed.resolve())
    cohort = ("--studies", "1", "--seed", "7", "--matrix", "128", "--slices", "32")
    run("-m", "pe_models", "phantom", "--out", "cohort", *cohort)
    run("-m", "pe_viewer", "report", "cohort/train", "--out", "out", "--formats", "pdf,json")
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".json", ".pdf"]
