#!/usr/bin/env python3
"""One file that sets everything up on a fresh machine, and then does the main jobs.

    python3 run.py demo     set up, make the demo study, open the viewer on it, analyse it
    python3 run.py test     set up with the test extras, then lint, types, contracts and tests
    python3 run.py setup    the set-up alone
    python3 run.py bench    the benchmarks
    python3 run.py fuzz     damaged files, opened for as long as wanted

Standard library only; Python 3.11 or later; Linux, macOS, Windows.
"""

import argparse
import ctypes
import hashlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence, Set
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "pe-setup.json"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
DEMO_STUDY = ROOT / "demo-study"
DEMO_OUTPUT = ROOT / "demo-output"
OLDEST_PYTHON = (3, 11)

OFFSCREEN_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
}
"""Shared library -> Debian package, for Qt without a display."""

WINDOW_LIBRARIES = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
"""Shared library -> Debian package, beside those above, for a window under X11."""


class SetupError(Exception):
    """Something that a person has to do first; the message says what."""


def main(arguments: Sequence[str] | None = None) -> int:
    options, rest = _parser().parse_known_args(arguments)
    if rest and options.command not in {"test", "bench", "fuzz"}:
        _parser().error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        if options.command == "demo":
            return demo(install_system=not options.no_system)
        if options.command == "test":
            return test(rest, install_system=not options.no_system)
        if options.command == "bench":
            return bench(options.name, rest, install_system=not options.no_system)
        if options.command == "fuzz":
            return fuzz(rest, install_system=not options.no_system)
        extras = {"test"} if options.test else set()
        set_up(extras, install_system=not options.no_system)
        return 0
    except SetupError as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


# --- the jobs -------------------------------------------------------------------------------


def demo(*, install_system: bool) -> int:
    """Opens the viewer on the demo study; without a display leaves a report and a picture."""
    set_up({"openvino"}, install_system=install_system)
    _say("Demo study: a synthetic chest CT (phantom), no patient")
    _run("-m", "pe_models", "phantom", "--demo", "--out", str(DEMO_STUDY))
    if has_display():
        _say("Opening the viewer")
        return _status("-m", "pe_viewer", str(DEMO_STUDY), "--analyze")
    _say("No display here: the same job without a window")
    _run("-m", "pe_viewer", "report", str(DEMO_STUDY), "--out", str(DEMO_OUTPUT))
    _run("-m", "pe_viewer", "snapshot", str(DEMO_STUDY), "--out", str(DEMO_OUTPUT))
    _say(f"Report and picture of the window are in {DEMO_OUTPUT.name}/:")
    for path in sorted(DEMO_OUTPUT.iterdir()):
        print(f"  {path.name}")
    return 0


def test(pytest_arguments: Sequence[str], *, install_system: bool) -> int:
    """Lint, types, import contracts, tests: all of them run, and any that fails fails all."""
    set_up({"test"}, install_system=install_system)
    steps = {
        "lint": ("-m", "ruff", "check", "."),
        "format": ("-m", "ruff", "format", "--check", "."),
        "types": ("-m", "mypy"),
        "import contracts": ("-c", "from importlinter.cli import lint_imports_command as c; c()"),
        "tests": ("-m", "pytest", *_pytest_defaults(pytest_arguments), *pytest_arguments),
    }
    failed = []
    for name, command in steps.items():
        _say(name)
        if _status(*command, environment=_test_environment()) != 0:
            failed.append(name)
    if failed:
        print(f"run.py: failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def bench(name: str | None, arguments: Sequence[str], *, install_system: bool) -> int:
    """Runs one benchmark with ``arguments``, or all of them one after the other."""
    set_up({"test", "bench"}, install_system=install_system)
    if name is not None and name not in benchmarks():
        raise SetupError(f"no benchmark {name!r}; there are: {', '.join(benchmarks())}")
    failed = False
    for each in [name] if name else benchmarks():
        _say(f"benchmark: {each}")
        command = ("-m", f"benchmarks.{each}", *arguments)
        failed |= _status(*command, environment=_test_environment()) != 0
    return 1 if failed else 0


def benchmarks() -> list[str]:
    """Names, in the order in which all of them run."""
    modules = sorted((ROOT / "benchmarks").glob("*.py"))
    return [path.stem for path in modules if path.stem != "__init__"]


def fuzz(fuzz_arguments: Sequence[str], *, install_system: bool) -> int:
    """Opens damaged files; any that ends in more than a message fails (see tests/fuzz)."""
    set_up({"test"}, install_system=install_system)
    return _status(str(Path("tests", "fuzz")), *fuzz_arguments, environment=_test_environment())


def set_up(extras: Set[str], *, install_system: bool) -> None:
    """The virtual environment with pinned packages and ``extras``, and Qt's system libraries.

    Does nothing where nothing has changed since the last time.
    """
    if sys.version_info[:2] < OLDEST_PYTHON:
        raise SetupError("Python 3.11 or later is needed; this is " + platform.python_version())
    ensure_system_libraries(install=install_system)
    wanted = _fingerprint()
    stamp = _read_stamp()
    known = set(filter(None, stamp.get("extras", "").split(",")))
    if stamp.get("fingerprint") == wanted and extras <= known:
        return
    started = time.monotonic()
    if stamp.get("python") != platform.python_version() or not PYTHON.exists():
        _say("Making .venv")
        _make_venv(install_system=install_system)
    # Extras stay: dropping them would reinstall them next time.
    names = ",".join(sorted(extras | known))
    _say("Installing the project and its pinned packages (torch is large: a few minutes)")
    target = f"{ROOT}[{names}]" if names else str(ROOT)
    command = (
        *("-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--constraint", str(ROOT / "constraints.txt"), "--editable", target),
    )
    if _status(*command) != 0:
        raise SetupError(
            "The packages could not be installed; pip says why above. "
            "A package index and about 7 GB of free disk are needed."
        )
    record = {"fingerprint": wanted, "extras": names, "python": platform.python_version()}
    STAMP.write_text(json.dumps(record))
    print(f"Set up in {time.monotonic() - started:.0f} s")


# --- Qt's system libraries ------------------------------------------------------------------


def ensure_system_libraries(*, install: bool) -> None:
    """Installs what Qt lacks where it may, else says the one command that does."""
    if not sys.platform.startswith("linux"):
        return
    needed = dict(OFFSCREEN_LIBRARIES)
    if has_display():
        needed |= WINDOW_LIBRARIES
    missing = sorted({package for name, package in needed.items() if not _can_load(name)})
    if missing:
        _install_or_explain(missing, "Qt needs system libraries", install=install)


def has_display() -> bool:
    """Whether a window can be shown: a display is named, and somebody answers there."""
    if os.name == "nt" or sys.platform == "darwin":
        return True
    if os.environ.get("QT_QPA_PLATFORM", "").split(":")[0] in {"offscreen", "minimal"}:
        return False
    if os.environ.get("WAYLAND_DISPLAY"):
        runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
        if _answers_unix(str(runtime / os.environ["WAYLAND_DISPLAY"])):
            return True
    host, _, number = os.environ.get("DISPLAY", "").rpartition(":")
    number = number.split(".")[0]
    if not number.isdigit():
        return False
    if host in {"", "unix"}:
        path = f"/tmp/.X11-unix/X{number}"
        return _answers_unix(path) or _answers_unix(f"\0{path}")
    try:
        socket.create_connection((host, 6000 + int(number)), timeout=2).close()
    except OSError:
        return False
    return True


def _answers_unix(path: str) -> bool:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect(path)
    except OSError:
        return False
    return True


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _install_or_explain(packages: Sequence[str], why: str, *, install: bool) -> None:
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    may_install = install and shutil.which("apt-get") and os.geteuid() == 0
    if not may_install:
        raise SetupError(
            f"{why} that are not here. Install them first:\n  sudo {' '.join(command)}\n"
            "(or the packages of these names in your distribution)"
        )
    print(f"{why}; installing: {' '.join(packages)} (--no-system leaves them alone)")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update"], command):
        done = subprocess.run(step, check=False, env=environment, stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        raise SetupError(f"apt-get could not install them. Try: {' '.join(command)}")


# --- the virtual environment ----------------------------------------------------------------


def _make_venv(*, install_system: bool) -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    command = [sys.executable, "-m", "venv", str(VENV)]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode != 0 and "ensurepip" in made.stdout + made.stderr:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        _install_or_explain(
            [f"python{version}-venv"], "Python needs its venv module", install=install_system
        )
        shutil.rmtree(VENV, ignore_errors=True)
        made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode != 0:
        raise SetupError(f"could not make .venv: {(made.stderr or made.stdout).strip()}")


def _fingerprint() -> str:
    """Changes when what would be installed changes."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    digest.update(f"{platform.python_version()} {platform.platform()} {ROOT}".encode())
    return digest.hexdigest()


def _read_stamp() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


# --- running ----------------------------------------------------------------------------------


def _pytest_defaults(arguments: Sequence[str]) -> list[str]:
    cores = os.cpu_count() or 1
    chosen = any(argument.startswith(("-n", "--numprocesses")) for argument in arguments)
    return [] if chosen else ["-n", str(min(cores, 8))]


def _test_environment() -> Mapping[str, str]:
    return {"QT_QPA_PLATFORM": "offscreen", "PYTHONDONTWRITEBYTECODE": "1"}


def _status(*arguments: str, environment: Mapping[str, str] | None = None) -> int:
    merged = {**os.environ, **(environment or {})}
    return subprocess.run([str(PYTHON), *arguments], check=False, cwd=ROOT, env=merged).returncode


def _run(*arguments: str) -> None:
    if _status(*arguments) != 0:
        raise SetupError(f"this step failed: python {' '.join(arguments)}")


def _say(text: str) -> None:
    print(f"== {text}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__.splitlines()[0])
    system = argparse.ArgumentParser(add_help=False)
    system.add_argument(
        "--no-system", action="store_true", help="install no system packages, only say which"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo", parents=[system], help="open the viewer on a demo study")
    commands.add_parser(
        "test",
        parents=[system],
        help="lint, types, contracts and tests; further arguments go to pytest",
    )
    commands.add_parser(
        "fuzz",
        parents=[system],
        help="open damaged files; takes --seconds S, --seed N, --case M, --keep DIR",
    )
    setup = commands.add_parser("setup", parents=[system], help="the set-up alone")
    setup.add_argument("--test", action="store_true", help="with the test extras")
    benchmark = commands.add_parser(
        "bench", parents=[system], help="the benchmarks; further arguments go to it"
    )
    benchmark.add_argument("name", nargs="?", help="one of them; all where left out")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
