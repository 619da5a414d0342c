"""What the documents name is there: files, links, modules, commands with their options."""

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

import run
from pe_models import cli as models
from pe_viewer import cli as viewer

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "benchmarks/**/*.md", "resources/fonts/*.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"  # it says what was
)
CODE = [
    path.relative_to(ROOT).as_posix()
    for folder in ("pe_models", "pe_viewer", "benchmarks", "tests")
    for path in (ROOT / folder).rglob("*.py")
] + ["run.py"]
FOLDERS = "pe_models|pe_viewer|benchmarks|tests|resources|docs"
MAINS: dict[str, Callable[[list[str]], int]] = {
    "pe-models": models.main,
    "pe-viewer": viewer.main,
    "run.py": run.main,
}

documented = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix()
)


@documented
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(rf"(?<![\w/.])(?:{FOLDERS})/[\w./-]*\w", text))
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@documented
def test_every_module_file_that_a_document_names_by_its_end_is_there(document: Path) -> None:
    named = set(re.findall(r"`([a-z_/]+\.py)`", document.read_text(encoding="utf-8")))
    assert (
        sorted(name for name in named if not any(f"/{p}".endswith(f"/{name}") for p in CODE)) == []
    )


@documented
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(document: Path) -> None:
    lost = []
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, heading = link.partition("#")
        target = document if not place else document.parent / place
        if not target.exists() or (heading and heading not in headings(target)):
            lost.append(link)
    assert lost == []


@documented
def test_every_module_that_a_document_names_can_be_imported(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:pe_models|pe_viewer|benchmarks)(?:\.[a-z_]+)+\b", text))
    names = {name for name in named if not name.endswith(".md")}
    assert sorted(name for name in names if not is_module(name)) == []


@documented
def test_every_command_in_a_document_has_the_options_that_it_is_given(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = []
    for program, words in commands(document.read_text(encoding="utf-8")):
        given = {word.split("=")[0] for word in words if word.startswith("--")}
        with suppress(SystemExit):
            assert MAINS[program]([*named_parts(program, words), "--help"]) == 0, words
        said = set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out))
        unknown += [(program, *words, option) for option in given - said]
    assert unknown == []


@documented
def test_every_benchmark_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:python3 run\.py )?bench ([a-z_]+)", text))
    assert sorted(named - set(run.benchmarks())) == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, to_read = set(), [ROOT / "README.md"]
    while to_read:
        document = to_read.pop()
        if document not in reached:
            reached.add(document)
            links = re.findall(r"\]\(([^)\s#:]+)\)", document.read_text(encoding="utf-8"))
            targets = [(document.parent / link).resolve() for link in links]
            to_read += [t for t in targets if t.suffix == ".md"]
            to_read += [page for t in targets if t.is_dir() for page in t.glob("*.md")]
    in_docs = {path for path in DOCUMENTS if path.is_relative_to(ROOT / "docs")}
    assert sorted(in_docs - reached) == []


def test_what_the_readme_imports_can_be_imported() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    for node in ast.parse(code).body:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            module = importlib.import_module(node.module)
            assert all(hasattr(module, alias.name) for alias in node.names), node.module


def headings(document: Path) -> set[str]:
    """The names by which links reach the headings of a document."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.strip().replace(" ", "-") for title in plain}


def is_module(name: str) -> bool:
    """Whether ``name`` is a module, or what a module holds."""
    parent, _, last = name.rpartition(".")
    if find_spec(parent) is None:
        return False
    module = importlib.import_module(parent)
    return hasattr(module, last) or (hasattr(module, "__path__") and find_spec(name) is not None)


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Program and words of every command line in code, without what stands behind ``#``."""
    for program, rest in re.findall(r"\b(pe-models|pe-viewer|run\.py) ([^`\n#]*)", text):
        words = re.sub(r"[\[\]|()]", " ", rest).split()
        if words and (words[0].startswith("-") or is_command(program, words[0])):
            yield program, words


def is_command(program: str, word: str) -> bool:
    """False for prose, as in "pe-models is the command line"."""
    known = {"pe-models": set(models.COMMANDS), "pe-viewer": {"report", "snapshot"}}
    return word in known.get(program, {"demo", "test", "fuzz", "setup", "bench"})


def named_parts(program: str, words: list[str]) -> list[str]:
    """The command and, of two, its own command; what ``fuzz`` takes stands in the whole."""
    first = [word for word in words[:1] if is_command(program, word) and word != "fuzz"]
    return words[:2] if first in (["bundle"], ["heart"]) else first
