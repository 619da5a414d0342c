"""Studies analysed in the background: in their order, yielding to the reader, kept."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pe_viewer.state import Phase, ReviewSnapshot
from tests.pe_viewer.controller.conftest import keys_of_written

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench
    from tests.pe_viewer.controller.conftest import WriteStudies

UIDS = ("1.2.826.0.1.9.1001", "1.2.826.0.1.9.1002", "1.2.826.0.1.9.1003")
KEYS = keys_of_written(UIDS)


def phases(snapshot: ReviewSnapshot) -> list[Phase]:
    return [queued.activity.phase for queued in snapshot.queue]


def opened_all(bench: "Bench", folder: Path) -> None:
    """Every study of the folder was opened once; nothing is open now."""
    for number in ("1", "2", "3"):
        bench.open(folder / number)
    bench.controller.opening.close_study()
    bench.wait(lambda s: len(s.library) == len(UIDS))


def test_studies_are_analysed_one_after_the_other_and_kept(
    bench: "Bench", write_studies: "WriteStudies", tmp_path: Path
) -> None:
    write_studies(tmp_path, UIDS)
    opened_all(bench, tmp_path)
    running: list[int] = []
    bench.state.changed.connect(lambda old, new: running.append(phases(new).count(Phase.RUNNING)))
    bench.controller.queue.add(KEYS)
    bench.wait(lambda s: phases(s) == [Phase.DONE] * 3)
    assert max(running) == 1
    assert len(bench.worker.analysed) == 3
    bench.wait(lambda s: all(entry.badge is not None for entry in s.library))
    assert bench.state.snapshot.series is None, "nothing was opened for it"


def test_what_was_analysed_by_this_bundle_is_not_analysed_again(
    bench: "Bench", write_studies: "WriteStudies", tmp_path: Path
) -> None:
    write_studies(tmp_path, UIDS)
    opened_all(bench, tmp_path)
    bench.controller.analysing.warm_up()
    bench.wait(lambda s: s.model.is_ready)
    for _ in range(2):
        bench.controller.queue.add(KEYS[:1])
        bench.wait(lambda s: phases(s) == [Phase.DONE])
        bench.wait(lambda s: any(entry.badge is not None for entry in s.library))
    assert len(bench.worker.analysed) == 1


def test_the_queue_stands_back_while_the_reader_has_a_study_analysed(
    bench: "Bench", write_studies: "WriteStudies", tmp_path: Path
) -> None:
    write_studies(tmp_path, UIDS)
    opened_all(bench, tmp_path)
    bench.worker.gate.clear()
    bench.controller.queue.add(KEYS[:2])
    bench.wait(lambda s: bool(bench.worker.analysed))
    bench.controller.opening.open_path(tmp_path / "3")
    bench.wait(lambda s: s.volume is not None)
    bench.controller.analysing.analyze()
    bench.wait(lambda s: len(bench.worker.analysed) > 1 and s.series is not None
               and bench.worker.analysed[-1] == s.series.key)  # fmt: skip
    bench.wait(lambda s: phases(s) == [Phase.IDLE, Phase.IDLE])
    bench.worker.gate.set()
    bench.wait(lambda s: phases(s) == [Phase.DONE] * 2)
    findings = bench.state.snapshot.findings
    assert findings is not None, "the reader's own came first"


def test_a_study_is_taken_out_and_its_analysis_stops(
    bench: "Bench", write_studies: "WriteStudies", tmp_path: Path
) -> None:
    write_studies(tmp_path, UIDS)
    opened_all(bench, tmp_path)
    bench.worker.gate.clear()
    bench.controller.queue.add(KEYS[:2])
    bench.wait(lambda s: len(bench.worker.analysed) == 1)
    bench.controller.queue.remove(KEYS[0])
    bench.wait(lambda s: len(bench.worker.analysed) == 2)
    assert [queued.study_key for queued in bench.state.snapshot.queue] == [KEYS[1]]
    bench.controller.queue.clear()
    assert bench.state.snapshot.queue == ()
    bench.worker.gate.set()
    bench.runner.shutdown()
    assert [entry.badge for entry in bench.state.snapshot.library] == [None] * 3


def test_the_study_in_view_is_analysed_where_it_is(
    bench: "Bench", write_studies: "WriteStudies", tmp_path: Path
) -> None:
    write_studies(tmp_path, UIDS)
    bench.open(tmp_path)
    assert len(bench.state.snapshot.studies) == 3
    bench.controller.queue.add_all_open()
    bench.wait(lambda s: s.findings is not None)
    bench.wait(lambda s: len(s.library) == 3)
    bench.wait(lambda s: phases(s) == [Phase.DONE] * 2)
    assert len(set(bench.worker.analysed)) == len(bench.worker.analysed) == 3


def test_a_study_that_has_gone_fails_alone_and_says_why(
    bench: "Bench", write_studies: "WriteStudies", tmp_path: Path
) -> None:
    write_studies(tmp_path, UIDS)
    opened_all(bench, tmp_path)
    for path in (tmp_path / "1").iterdir():
        path.unlink()
    bench.controller.queue.add(KEYS[:2])
    bench.wait(lambda s: phases(s) == [Phase.FAILED, Phase.DONE])
    assert bench.state.snapshot.queue[0].activity.message


def test_what_the_queue_found_shows_at_once_when_the_study_is_opened(
    bench: "Bench", write_studies: "WriteStudies", tmp_path: Path
) -> None:
    write_studies(tmp_path, UIDS)
    opened_all(bench, tmp_path)
    bench.controller.queue.add(KEYS[1:2])
    bench.wait(lambda s: phases(s) == [Phase.DONE])
    bench.open(tmp_path / "2")
    bench.wait(lambda s: s.findings is not None)
    findings = bench.state.snapshot.findings
    assert findings is not None
    assert np.isclose(findings.pe_scores().max(), 0.94)
    assert len(bench.worker.analysed) == 1
