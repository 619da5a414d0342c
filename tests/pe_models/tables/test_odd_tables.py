"""Whatever the bytes, a table is read or refused in one sentence; what is read is whole."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pe_models.errors import DatasetError
from pe_models.labels import CSV_COLUMNS
from pe_models.tables.csv_file import line_of, read_columns
from pe_models.tables.exams import read_exams
from pe_models.tables.label_table import read_label_table
from pe_models.tables.submission import as_csv, read_submission

LABELS = f"{','.join(CSV_COLUMNS)}\na,s,a1{',0' * 14}\na,s,a2{',0' * 14}\n".encode()
SERIES = b"StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID\na,s,a1\na,s,a2\nb,t,b1\n"
SUBMISSION = b"id,label\na1,0.5\na2,1\nb_central_pe,1e-3\n"
READERS: list[tuple[Callable[[Path], Any], bytes]] = [
    (read_label_table, LABELS),
    (read_exams, SERIES),
    (read_submission, SUBMISSION),
]
edits = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.integers(0, 12),
        st.sampled_from([b"", b",", b"\n", b"\r", b'"', b";", b"\x00", b"\xff", b"nan", b"1", b"2",
                         b"\xef\xbb\xbf", b" ", b"a1", b"-1", b"\n\n", b"\xe2\x80\xa8"]),
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


@pytest.mark.parametrize(("read", "content"), READERS)
@given(changes=edits)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_table_is_read_or_refused_in_one_sentence(
    tmp_path: Path, read, content: bytes, changes
) -> None:
    for start, length, new in changes:
        content = content[:start] + new + content[start + length :]
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    reason = refusal(read, path)
    assert reason is None or (reason.startswith("table.csv") and reason.endswith("."))


def refusal(read: Callable[[Path], Any], path: Path) -> str | None:
    """Why the table is refused; None where it is read."""
    try:
        read(path)
    except DatasetError as error:
        return str(error)
    return None


@given(scores=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_scores_are_written_as_they_are_read(tmp_path: Path, scores: list[float]) -> None:
    path = tmp_path / "s.csv"
    path.write_text("id,label\n" + "".join(f"i{k},{s!r}\n" for k, s in enumerate(scores)))
    submission = read_submission(path)
    assert submission.scores.tolist() == scores
    path.write_bytes(as_csv(submission, submission.scores))
    assert read_submission(path).scores.tolist() == scores


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbf\r\nid,label\r\n\r\na,1\r\n\r\n\r\nb,0\r\n")
    assert read_columns(path, ("id", "label"))["id"].tolist() == ["a", "b"]
    assert [line_of(path, row) for row in (0, 1)] == [4, 7]


def test_a_pipe_is_refused_rather_than_read_by_half(tmp_path: Path) -> None:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    with pytest.raises(DatasetError, match="a folder or a pipe"):
        read_submission(path)


def test_a_large_table_is_read_in_the_same_order(tmp_path: Path) -> None:
    """Pandas reads large files in pieces."""
    path = tmp_path / "s.csv"
    scores = np.random.default_rng(0).random(120_000)
    path.write_text(
        "id,label\n" + "".join(f"{k:012x},{s!r}\n" for k, s in enumerate(scores.tolist()))
    )
    submission = read_submission(path)
    assert submission.ids[:2].tolist() == ["000000000000", "000000000001"]
    np.testing.assert_array_equal(submission.scores, scores)
