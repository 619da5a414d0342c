"""The queue outlives the program; a study over which the program died is not begun by itself."""

from pathlib import Path
from typing import TYPE_CHECKING

from pe_viewer.library.waiting import WaitingStudy
from pe_viewer.state import Phase
from tests.pe_viewer.controller.conftest import keys_of_written

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench
    from tests.pe_viewer.controller.conftest import WriteStudies

UIDS = ("1.2.826.0.1.9.2001", "1.2.826.0.1.9.2002")
KEYS = keys_of_written(UIDS)


def opened_both(bench: "Bench", write_studies: "WriteStudies", folder: Path) -> None:
    """Both studies were opened once; nothing is open now."""
    write_studies(folder, UIDS)
    for number in ("1", "2"):
        bench.open(folder / number)
    bench.controller.opening.close_study()
    bench.wait(lambda s: len(s.library) == len(UIDS))


def test_what_waits_is_kept_as_it_changes_and_at_the_end_nothing_runs(
    bench: "Bench", write_studies: "WriteStudies", tmp_path: Path
) -> None:
    opened_both(bench, write_studies, tmp_path)
    bench.controller.queue_keeping.begin()
    bench.worker.gate.clear()
    bench.controller.queue.add(KEYS)
    begun = (WaitingStudy(KEYS[0], has_begun=True), WaitingStudy(KEYS[1]))
    bench.wait(lambda s: bench.library.queue.load() == begun)
    bench.controller.queue_keeping.close()
    assert bench.library.queue.load() == (WaitingStudy(KEYS[0]), WaitingStudy(KEYS[1]))
    bench.worker.gate.set()


def test_what_waited_is_analysed_and_what_the_program_died_over_waits_for_the_reader(
    bench: "Bench", write_studies: "WriteStudies", tmp_path: Path
) -> None:
    opened_both(bench, write_studies, tmp_path)
    bench.library.queue.save((WaitingStudy(KEYS[0], has_begun=True), WaitingStudy(KEYS[1])))
    bench.controller.queue_keeping.begin()
    bench.wait(lambda s: [q.activity.phase for q in s.queue] == [Phase.FAILED, Phase.DONE])
    assert "ended during this analysis" in bench.state.snapshot.queue[0].activity.message
    assert len(bench.worker.analysed) == 1
    bench.wait(lambda s: bench.library.queue.load() == ())
    bench.controller.queue.add(KEYS[:1])
    bench.wait(lambda s: [q.activity.phase for q in s.queue] == [Phase.DONE] * 2)


def test_an_end_before_the_queue_was_brought_back_loses_none_of_it(bench: "Bench") -> None:
    kept = (WaitingStudy(KEYS[0]),)
    bench.library.queue.save(kept)
    bench.controller.queue_keeping.close()
    with bench.library._database.reading() as connection:
        assert connection.execute("SELECT study_key FROM waiting").fetchall() == [(KEYS[0],)]
