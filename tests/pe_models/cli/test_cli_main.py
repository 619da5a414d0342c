"""The command line: exit status, one line for a failure, events of long commands."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from pe_models import cli
from pe_models.cli import output
from pe_models.errors import InputError
from pe_models.progress import Cancelled, Progress

Run = Callable[[argparse.Namespace], int]


@pytest.fixture
def run_command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs ``pe-models [options]`` where the chosen command does what the test says."""

    def run(work: Run, *options: str) -> int:
        def build(arguments: object) -> argparse.ArgumentParser:
            parser = argparse.ArgumentParser()
            cli._add_common_options(parser, inherit=False)
            parser.set_defaults(run=work)
            return parser

        monkeypatch.setattr(cli, "build_parser", build)
        return cli.main(options)

    return run


def raising(error: BaseException) -> Run:
    def run(args: argparse.Namespace) -> int:
        raise error

    return run


def test_each_command_of_the_table_has_a_parser_that_runs_it() -> None:
    for name in cli.COMMANDS:
        parser = cli.build_parser([name])
        assert _choices(parser) == {name}
        for leaf in cli._leaves(parser):
            assert callable(leaf.get_default("run")), leaf.prog


def test_the_help_text_names_every_command_of_the_contract(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["--help"]) == cli.DONE
    shown = capsys.readouterr().out
    for name in cli.COMMANDS:
        if name != "serve":
            assert f"    {name} " in shown, name


def test_building_any_parser_imports_neither_torch_nor_pandas_nor_qt() -> None:
    code = (
        "import sys; from pe_models import cli; cli.build_parser();"
        "print(sorted({'torch', 'pandas', 'timm', 'SimpleITK', 'PySide6'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == cli.WRONG_USAGE
    assert "COMMAND" in capsys.readouterr().err


def test_an_unknown_command_is_wrong_usage_and_the_known_ones_are_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["diagnose", "scan"]) == cli.WRONG_USAGE
    assert "analyze" in capsys.readouterr().err


def test_common_options_may_stand_before_or_after_the_command() -> None:
    before = cli.build_parser(["serve"]).parse_args(["--progress", "json", "serve"])
    after = cli.build_parser(["serve"]).parse_args(["serve", "--progress", "json", "--debug"])
    assert (before.progress, before.debug) == ("json", False)
    assert (after.progress, after.debug) == ("json", True)


def test_a_command_that_succeeds_gives_its_own_status(run_command: Callable[..., int]) -> None:
    assert run_command(lambda args: 0) == cli.DONE


def test_an_expected_failure_is_one_line_on_standard_error(
    run_command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(raising(InputError("The folder\nholds no CT."))) == cli.FAILED
    shown = capsys.readouterr()
    assert shown.err == "The folder holds no CT.\n"
    assert shown.out == ""


def test_an_unexpected_failure_is_one_line_without_a_traceback(
    run_command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(raising(KeyError("rows"))) == cli.FAILED
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert "KeyError" in shown


def test_debug_shows_the_traceback(
    run_command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(raising(KeyError("rows")), "--debug") == cli.FAILED
    assert "Traceback" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_named(
    run_command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    error = PermissionError(13, "Permission denied", "out.json")
    assert run_command(raising(error)) == cli.FAILED
    assert capsys.readouterr().err == "out.json: Permission denied\n"


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), Cancelled()])
def test_an_interrupted_command_has_a_status_of_its_own(
    run_command: Callable[..., int], stop: BaseException
) -> None:
    assert run_command(raising(stop)) == cli.INTERRUPTED


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal there")
def test_a_second_ctrl_c_does_not_tear_the_end_of_the_process() -> None:
    program = (
        "import atexit, os, signal, sys\n"
        "from pe_models.__main__ import main\n"
        "atexit.register(lambda: (os.kill(os.getpid(), signal.SIGINT), print('whole')))\n"
        "sys.argv = ['pe-models', '--version']\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("whole\n")
    assert done.stderr == ""


def test_json_progress_writes_one_event_a_line_and_closes_with_done(
    run_command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    def work(args: argparse.Namespace) -> int:
        report = output.progress_printer(args.progress)
        report(Progress("slices", 3, 40, {"loss": 0.5}))
        output.finish(args.progress, n_slices=40)
        return cli.DONE

    assert run_command(work, "--progress", "json") == cli.DONE
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events == [
        {"event": "progress", "stage": "slices", "done": 3, "total": 40, "metrics": {"loss": 0.5}},
        {"event": "done", "n_slices": 40},
    ]


def test_json_progress_closes_with_failed_and_the_message(
    run_command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(raising(InputError("No CT.")), "--progress", "json") == cli.FAILED
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"event": "failed", "message": "No CT."}
    assert shown.err == "No CT.\n"


def test_a_stage_always_shows_its_first_and_last_report(capsys: pytest.CaptureFixture[str]) -> None:
    report = output.progress_printer("json")
    for done in range(1, 1001):
        report(Progress("slices", done, 1000))
    shown = [json.loads(line)["done"] for line in capsys.readouterr().out.splitlines()]
    assert shown[0] == 1
    assert shown[-1] == 1000
    assert len(shown) < 100  # ten a second, not one a slice


def test_without_a_terminal_no_bar_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    output.progress_printer("auto")(Progress("slices", 1, 2))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == ""


def test_on_a_terminal_a_bar_shows_count_and_metrics(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    output.progress_printer("auto")(Progress("slices", 2, 2, {"loss": 0.25}))
    assert "2/2  loss 0.25" in capsys.readouterr().err


def test_results_refuse_values_that_json_does_not_know() -> None:
    with pytest.raises(ValueError, match="JSON"):
        output.say_json({"score": float("nan")})


def _choices(parser: argparse.ArgumentParser) -> set[str]:
    return {
        name
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for name in action.choices
    }
