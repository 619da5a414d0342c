"""Every sentence of docs/privacy.md: what leaves the machine, what stays there, with which rights.

Connections are counted by Python's audit events, in the program and in the processes that it
starts; that nothing else opens one is read from the imports.
"""

import ast
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydicom
import pytest

from pe_models.cli import main as pe_models
from pe_viewer.report.choice import ExportChoice
from pe_viewer.send.destination import DicomNode
from pe_viewer.send.outbox import FOLDER_NAME, Outbox
from pe_viewer.state import Phase

if TYPE_CHECKING:
    from pe_models.bundle import ModelBundle
    from tests.pe_viewer.conftest import Bench, WriteCt

REPOSITORY = Path(__file__).resolve().parents[2]
NAME, PATIENT_ID = "Quixotewitz^Zdenka", "KX-4711"
FOLDER = "quixotewitz-zdenka"
WORDS = ("quixotewitz", "zdenka", "kx-4711")
"""Of the patient, in lower letters: in tags and in the folder's name."""

_NETWORK_MODULES = {
    "aiohttp",
    "ftplib",
    "http",
    "httpx",
    "pynetdicom",
    "requests",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "telnetlib",
    "urllib",
    "urllib3",
    "xmlrpc",
}
_WATCHER = """
import os, sys

def _watch(event, values):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"):
        with open(os.environ["PE_TEST_CONNECTIONS"], "a") as log:
            log.write(f"{event} {values[1:] if event != 'socket.getaddrinfo' else values}\\n")

sys.addaudithook(_watch)
"""
"""Found by every Python that starts with its folder on PYTHONPATH, as sitecustomize."""


@dataclass(frozen=True)
class Ran:
    """A program that came to its end, and where it could have left something."""

    done: subprocess.CompletedProcess[str]
    home: Path
    scratch: Path
    out: Path
    connections: str

    @property
    def kept(self) -> list[Path]:
        return sorted(path for path in self.home.rglob("*"))


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Ran]:
    """``watched(*arguments)`` runs Python with a home and a scratch folder of its own."""

    def run(*arguments: str | Path) -> Ran:
        folder = tmp_path_factory.mktemp("watched")
        for name in ("watcher", "scratch", "out"):
            (folder / name).mkdir()
        (folder / "watcher" / "sitecustomize.py").write_text(_WATCHER)
        log = folder / "connections.txt"
        log.touch()
        environment = {
            **os.environ,
            "PYTHONPATH": str(folder / "watcher"),
            "PE_TEST_CONNECTIONS": str(log),
            "PE_HOME": str(folder / "home"),
            "TMPDIR": str(folder / "scratch"),
        }
        done = subprocess.run(
            [sys.executable, *(str(a).replace("OUT", str(folder / "out")) for a in arguments)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Ran(done, folder / "home", folder / "scratch", folder / "out", log.read_text())

    return run


@pytest.fixture(scope="module")
def reported(
    watched: Callable[..., Ran],
    tiny_bundle: "ModelBundle",
    tmp_path_factory: pytest.TempPathFactory,
) -> Ran:
    """A study that names its patient in tags and folder, analysed and reported in every format."""
    made = tmp_path_factory.mktemp("made")
    size = ["--studies", "1", "--seed", "5", "--matrix", "128", "--slices", "16"]
    assert pe_models(["phantom", "--out", str(made), *size]) == 0
    folder = tmp_path_factory.mktemp("studies") / FOLDER
    folder.mkdir()
    for number, file in enumerate((made / "train").rglob("*.dcm")):
        dataset = pydicom.dcmread(file)
        dataset.PatientName, dataset.PatientID = NAME, PATIENT_ID
        dataset.save_as(folder / f"{number}.dcm")
    ran = watched(
        "-m", "pe_viewer", "report", folder, "--out", "OUT", "--bundle", tiny_bundle.source,
        "--device", "cpu", "--formats", "json,csv,html,sr,fhir,sc",
        "--debug",
    )  # fmt: skip
    assert (ran.done.returncode, ran.done.stderr) == (0, "")
    return ran


def test_a_report_opens_no_connection(reported: Ran) -> None:
    assert reported.connections == ""


def test_a_connection_would_be_seen(watched: Callable[..., Ran]) -> None:
    """Also one that a process makes which the program started."""
    connects = "import socket; s = socket.socket(); s.connect_ex(('127.0.0.1', 9)); s.close()"
    starts = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {connects!r}])"

    assert "socket.connect" in watched("-c", starts).connections


def test_only_sending_can_reach_a_network() -> None:
    """And training on several machines, which a person starts with addresses of their own."""
    reaching = {
        path.relative_to(REPOSITORY).as_posix()
        for package in ("pe_models", "pe_viewer")
        for path in (REPOSITORY / package).rglob("*.py")
        if _imports(path) & _NETWORK_MODULES
    }

    assert {path for path in reaching if not path.startswith("pe_viewer/send/")} == set()
    assert {"pe_viewer/send/dimse.py", "pe_viewer/send/stow.py"} <= reaching


def _imports(path: Path) -> set[str]:
    """The top names of all modules that a file imports; ``urllib.parse`` alone reaches nothing."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return {name.split(".")[0] for name in found - {"urllib.parse"}}


def test_what_a_report_leaves_behind_is_the_user_s_alone(reported: Ran) -> None:
    shared = [
        path.relative_to(reported.home).as_posix()
        for path in reported.kept
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) != 0o600
    ]
    rooms = [path for path in reported.home.iterdir() if path.is_dir()]

    assert reported.kept
    assert shared == []
    assert [stat.S_IMODE(room.stat().st_mode) for room in rooms] == [0o700] * len(rooms)


def test_neither_logs_nor_what_was_said_name_the_patient(reported: Ran) -> None:
    logs = [path.read_text() for path in (reported.home / "logs").iterdir()]
    said = "\n".join([*logs, reported.done.stdout, reported.done.stderr]).lower()

    assert "report written" in said
    assert [word for word in WORDS if word in said] == []


def test_no_file_name_names_the_patient(reported: Ran) -> None:
    places = (reported.home, reported.scratch, reported.out)
    names = [str(p.relative_to(place)).lower() for place in places for p in place.rglob("*")]

    assert len(names) > len(reported.kept)
    assert [name for name in names for word in WORDS if word in name] == []


def test_nothing_stays_in_the_scratch_folder(reported: Ran) -> None:
    """But for an empty folder of torch's."""
    assert [path for path in reported.scratch.rglob("*") if path.is_file()] == []


def test_the_window_opens_no_connection(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    """Opened, analysed, exported, kept: all without a destination."""
    with connections() as seen:
        write_ct(tmp_path / "ct")
        bench.controller.sending.begin()
        bench.open(tmp_path / "ct")
        bench.analyze()
        bench.controller.exporting.export_chosen(
            ExportChoice(tmp_path / "out", ("json", "fhir", "sr"), is_deidentified=True)
        )
        bench.wait(lambda s: s.exporting.phase is Phase.DONE)

    assert seen == []


_watching: list[list[str]] = []
"""An audit hook cannot be taken off again: this one writes only while somebody watches."""


@contextmanager
def connections() -> Iterator[list[str]]:
    if not _watching:
        sys.addaudithook(_note_connection)
    seen: list[str] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.append([])


def _note_connection(event: str, values: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo") and _watching:
        _watching[-1].append(f"{event} {values}")


def test_all_that_a_session_keeps_is_the_user_s_alone(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path, home: Path
) -> None:
    """Library, pictures, reading, settings, destinations, outbox, key, header cache."""
    write_ct(tmp_path / FOLDER, name=NAME)
    bench.open(tmp_path / FOLDER)
    bench.analyze()
    bench.controller.reviewing.toggle_key_slice()
    bench.controller.sending.keep_destinations([DicomNode("PACS", "127.0.0.1", 104, "PACS")])
    Outbox(home / "data" / FOLDER_NAME).put("PACS", "1.2.3", [("sr", b"object")], now=0.0)
    bench.controller.exporting.export_chosen(
        ExportChoice(tmp_path / "out", ("json",), is_deidentified=True)
    )
    bench.wait(lambda s: s.exporting.phase is Phase.DONE and bool(s.library))
    kept = {p.relative_to(home).as_posix(): stat.S_IMODE(p.stat().st_mode) for p in files_in(home)}

    assert {name for name in kept if kept[name] != 0o600} == set()
    assert {"settings.json", "data/destinations.json", "data/pseudonym.key"} <= set(kept)
    assert "data/outbox/outbox.sqlite3" in kept
    assert any(name.startswith("data/library") for name in kept)
    assert any(name.startswith("cache/") for name in kept)


def test_a_forgotten_study_is_gone_from_all_of_it(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path, home: Path
) -> None:
    write_ct(tmp_path / FOLDER, name=NAME)
    bench.open(tmp_path / FOLDER)
    bench.analyze()
    bench.wait(lambda s: bool(s.library))
    (entry,) = bench.state.snapshot.library
    outbox = Outbox(home / "data" / FOLDER_NAME)
    for uid in (entry.study_key, entry.study_uid, "1.2.3"):
        outbox.put("PACS", uid, [("sr", f"{uid} {NAME}".encode())], now=0.0)
    assert holding(home, entry.study_uid)
    bench.controller.cataloguing.forget_studies([entry.study_key])
    bench.wait(lambda s: s.notice == "The study was forgotten" and not s.library)

    assert holding(home, entry.study_uid) == []
    assert [parcel.file.read_bytes()[:5] for parcel in outbox.parcels()] == [b"1.2.3"]


def test_forgetting_all_leaves_nobody_s_name(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path, home: Path
) -> None:
    write_ct(tmp_path / FOLDER, name=NAME)
    bench.open(tmp_path / FOLDER)
    bench.wait(lambda s: bool(s.library))
    outbox = Outbox(home / "data" / FOLDER_NAME)
    outbox.put("PACS", "1.2.3", [("sr", NAME.encode())], now=0.0)
    assert holding(home, NAME)
    bench.controller.cataloguing.forget_all()
    bench.wait(lambda s: s.notice == "All studies were forgotten" and not s.library)

    assert [word for word in (NAME, *WORDS) if holding(home, word)] == []
    assert outbox.parcels() == ()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def holding(folder: Path, word: str) -> list[str]:
    """The files below ``folder`` with ``word`` somewhere in their bytes."""
    return [
        path.relative_to(folder).as_posix()
        for path in files_in(folder)
        if word.lower().encode() in path.read_bytes().lower()
    ]
