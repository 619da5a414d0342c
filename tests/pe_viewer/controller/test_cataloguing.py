"""What is opened and analysed is in the library; what is forgotten is nowhere."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pe_viewer.library.entry import BadgeKind, ReadingStage
from pe_viewer.library.review_json import Reading
from pe_viewer.state import Phase, ReviewSnapshot

if TYPE_CHECKING:
    from tests.pe_viewer.conftest import Bench, WriteCt
    from tests.pe_viewer.controller.conftest import WriteStudies

BEGUN = ReadingStage.BEGUN
UID = "1.2.826.0.1.9.12345678"


def listed(bench: "Bench") -> None:
    bench.wait(lambda s: bool(s.library))


def badge_kind(snapshot: ReviewSnapshot) -> BadgeKind | None:
    badge = snapshot.library[0].badge if snapshot.library else None
    return None if badge is None else badge.kind


def test_a_study_that_is_opened_is_in_the_library_with_its_picture(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    listed(bench)
    (entry,) = bench.state.snapshot.library
    assert (entry.study_uid, entry.patient_name) == (UID, "DOE^JANE")
    assert entry.paths == (tmp_path / "ct",)
    bench.wait(lambda s: entry.study_key in s.library_pictures)


def test_what_the_model_says_is_kept_and_there_at_once_in_another_session(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.analyze()
    findings = bench.state.snapshot.findings
    bench.wait(lambda s: badge_kind(s) is BadgeKind.FLAGGED)
    bench.controller.opening.close_study()
    series = bench.worker.analysed
    bench.controller.analysing._answers.clear()  # as in another session
    bench.open(tmp_path / "ct")
    bench.wait(lambda s: s.findings is not None)
    snapshot = bench.state.snapshot
    assert snapshot.findings == findings
    assert snapshot.heatmaps
    assert snapshot.analysis.phase is Phase.DONE
    assert len(series) == 1, "it was not analysed again"


def test_analysis_on_open_waits_for_what_was_kept(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.controller.analysing.toggle_analyze_on_open()
    bench.open(tmp_path / "ct")
    bench.wait(lambda s: s.findings is not None)
    bench.wait(lambda s: badge_kind(s) is BadgeKind.FLAGGED)
    bench.controller.opening.close_study()
    bench.controller.analysing._answers.clear()
    bench.open(tmp_path / "ct")
    bench.wait(lambda s: s.findings is not None)
    assert len(bench.worker.analysed) == 1


def test_kept_scores_of_another_bundle_are_not_shown_as_those_of_this_one(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.analyze()
    bench.wait(lambda s: badge_kind(s) is BadgeKind.FLAGGED)
    with bench.library._database.writing() as connection:
        connection.execute(
            "UPDATE findings SET record = ?, bundle_sha256 = ?", _with_another_bundle(bench)
        )
    bench.controller.opening.close_study()
    analysing = bench.controller.analysing
    analysing._answers.clear()  # as in another session
    analysing._bundle_sha256 = None
    bench.open(tmp_path / "ct")
    bench.wait(lambda s: s.findings is not None)
    analysing.warm_up()
    bench.wait(lambda s: s.findings is None)
    assert "another model's" in bench.state.snapshot.notice


def test_what_the_bundle_of_another_task_says_is_kept_beside_that_in_use(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "head")
    analysing = bench.controller.analysing
    analysing.warm_up()
    bench.wait(lambda s: s.model.is_ready)
    in_use = bench.state.snapshot.model
    bench.worker.sees_a_head = True
    bench.open(tmp_path / "head")
    bench.analyze()
    findings = bench.state.snapshot.findings
    assert bench.state.snapshot.model == in_use
    bench.wait(lambda s: badge_kind(s) is BadgeKind.FLAGGED)
    bench.controller.opening.close_study()
    analysing._answers.clear()  # as in another session
    bench.open(tmp_path / "head")
    bench.wait(lambda s: s.findings is not None)
    assert bench.state.snapshot.findings == findings
    assert len(bench.worker.analysed) == 1, "it was not analysed again"


def _with_another_bundle(bench: "Bench") -> tuple[bytes, str]:
    import json
    import zlib

    findings = bench.state.snapshot.findings
    assert findings is not None
    told = findings.to_dict()
    told["bundle"] = {**told["bundle"], "sha256": "f" * 64}
    return zlib.compress(json.dumps(told).encode()), "f" * 64


def test_for_a_second_reader_nothing_of_the_models_is_in_the_list_before_the_lock(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    bench.controller.second_reader.toggle()
    write_ct(tmp_path / "ct")
    seen: list[BadgeKind | None] = []
    bench.state.changed.connect(lambda old, new: seen.append(badge_kind(new)))
    bench.open(tmp_path / "ct")
    bench.analyze()
    bench.wait(lambda s: badge_kind(s) is BadgeKind.HELD_BACK)
    assert set(seen) == {None, BadgeKind.HELD_BACK}
    assert bench.state.snapshot.library[0].badge.score == 0.0
    bench.controller.second_reader.lock_first_read()
    bench.wait(lambda s: badge_kind(s) is BadgeKind.FLAGGED)
    assert bench.state.snapshot.library[0].stage is ReadingStage.LOCKED


def test_the_list_follows_when_second_reading_begins_and_ends(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.worker.gate.clear()
    bench.controller.analysing.analyze()
    bench.controller.opening.close_study()  # what it says comes while nobody looks
    bench.worker.gate.set()
    bench.wait(lambda s: badge_kind(s) is BadgeKind.FLAGGED)
    bench.controller.second_reader.toggle()
    bench.wait(lambda s: badge_kind(s) is BadgeKind.HELD_BACK)
    bench.controller.second_reader.toggle()
    bench.wait(lambda s: badge_kind(s) is BadgeKind.FLAGGED)


def traces(folders: Iterable[Path], words: Iterable[str]) -> list[str]:
    below = b"".join(p.read_bytes() for f in folders for p in f.rglob("*") if p.is_file())
    return [word for word in words if word.encode() in below]


def test_of_a_study_that_is_forgotten_no_trace_is_left_anywhere(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path, home: Path
) -> None:
    words = ("DOE^JANE", "ID-123", "folder-of-jane", "a remark")
    write_ct(tmp_path / "folder-of-jane")
    bench.open(tmp_path / "folder-of-jane")
    bench.analyze()
    bench.controller.reviewing.toggle_added()
    (added,) = bench.state.snapshot.review.added
    bench.controller.reviewing.comment_on(added, "a remark")
    series = bench.state.snapshot.series
    assert series is not None
    bench.wait(lambda s: "a remark" in str(bench.library.readings.load(series.key)))
    bench.wait(lambda s: badge_kind(s) is BadgeKind.FLAGGED)
    assert traces([home], words) == list(words)
    bench.controller.cataloguing.forget_studies([bench.state.snapshot.library[0].study_key])
    bench.wait(lambda s: s.notice == "The study was forgotten" and not s.library)
    assert traces([home], words) == []
    snapshot = bench.state.snapshot
    assert (snapshot.studies, snapshot.recent, snapshot.library_pictures) == ((), (), {})

    bench.open(tmp_path / "folder-of-jane")
    assert bench.state.snapshot.findings is None
    assert bench.state.snapshot.review.decisions == ()


def test_several_studies_are_forgotten_at_once(
    bench: "Bench", write_studies: "WriteStudies", tmp_path: Path
) -> None:
    uids = ["1.2.1", "1.2.2", "1.2.3"]
    write_studies(tmp_path, uids)
    for number in ("1", "2", "3"):
        bench.open(tmp_path / number)
    bench.wait(lambda s: len(s.library) == 3)
    keys = {entry.study_uid: entry.study_key for entry in bench.state.snapshot.library}
    bench.controller.cataloguing.forget_studies([keys[uid] for uid in uids[:2]])
    bench.wait(lambda s: s.notice == "2 studies were forgotten" and len(s.library) == 1)
    assert bench.state.snapshot.library[0].study_uid == uids[2]
    assert bench.state.snapshot.recent == (tmp_path / "3",)
    assert bench.state.snapshot.study is not None


def test_forgetting_all_empties_the_list_and_what_is_open(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path, home: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    listed(bench)
    bench.controller.cataloguing.forget_all()
    bench.wait(lambda s: not s.library and s.notice == "All studies were forgotten")
    assert bench.state.snapshot.series is None
    assert traces([home], ["DOE^JANE"]) == []


def test_an_analysis_that_runs_over_a_forgotten_study_brings_nothing_back(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    listed(bench)
    bench.worker.gate.clear()
    bench.controller.analysing.analyze()
    bench.controller.cataloguing.forget_studies([bench.state.snapshot.library[0].study_key])
    bench.worker.gate.set()
    bench.wait(lambda s: not s.library and s.notice == "The study was forgotten")
    with bench.library._database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM findings").fetchone() == (0,)


def test_a_study_of_the_library_opens_from_where_it_lay(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    listed(bench)
    bench.controller.opening.close_study()
    bench.controller.cataloguing.open_study(bench.state.snapshot.library[0].study_key)
    bench.wait(lambda s: s.volume is not None)
    assert bench.state.snapshot.study is not None
    assert bench.state.snapshot.study.study_uid == UID


def test_what_was_said_and_found_follows_a_study_that_was_moved(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.analyze()
    bench.controller.reviewing.toggle_key_slice()
    review = bench.state.snapshot.review
    bench.controller.opening.close_study()
    bench.wait(lambda s: badge_kind(s) is BadgeKind.FLAGGED and s.library[0].stage is BEGUN)
    (tmp_path / "ct").rename(tmp_path / "archive")
    bench.open(tmp_path / "archive")
    bench.wait(lambda s: s.findings is not None)
    assert bench.state.snapshot.review == review
    assert len(bench.worker.analysed) == 1, "it was not analysed again"
    bench.wait(lambda s: s.library[0].paths == (tmp_path / "archive",))


def test_a_reading_that_saw_the_model_is_no_first_read_in_another_session(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path
) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.analyze()
    series = bench.state.snapshot.series
    assert series is not None
    bench.controller.opening.close_study()
    bench.wait(lambda s: bench.library.readings.load(series.key) != Reading())
    bench.controller.analysing._seen.clear()  # as in another session
    bench.controller.second_reader.toggle()
    bench.open(tmp_path / "ct")
    assert not bench.state.snapshot.withholds_model
