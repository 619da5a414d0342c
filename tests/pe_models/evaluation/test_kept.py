"""KeptScores: whole files by bundle and version; what cannot be read is scored anew."""

from pathlib import Path

import pytest

from pe_models.evaluation.kept import Judged, KeptScores, Refused


@pytest.fixture
def kept(tmp_path: Path) -> KeptScores:
    return KeptScores(tmp_path, "a" * 64, "generator-9")


def test_what_was_judged_comes_back_as_it_was(
    kept: KeptScores, four_judged: tuple[Judged, ...]
) -> None:
    for judged in four_judged:
        assert kept.read(judged.truth.name) is None
        kept.write(judged.truth.name, judged)
        assert kept.read(judged.truth.name) == judged


def test_a_refusal_is_kept_with_its_reason(kept: KeptScores) -> None:
    kept.write("x", Refused("x", "It is no chest."))
    assert kept.read("x") == Refused("x", "It is no chest.")


def test_scores_of_another_bundle_or_version_are_not_found(
    kept: KeptScores, tmp_path: Path, four_judged: tuple[Judged, ...]
) -> None:
    kept.write("x", four_judged[0])
    assert KeptScores(tmp_path, "b" * 64, "generator-9").read("x") is None
    assert KeptScores(tmp_path, "a" * 64, "generator-10").read("x") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema_version": 0}', b"\xff\xfe"])
def test_a_spoilt_file_counts_as_none(
    kept: KeptScores, tmp_path: Path, four_judged: tuple[Judged, ...], content: bytes
) -> None:
    kept.write("x", four_judged[0])
    (file,) = tmp_path.rglob("x.json")
    file.write_bytes(content)
    assert kept.read("x") is None


def test_a_file_that_lacks_a_field_counts_as_none(
    kept: KeptScores, tmp_path: Path, four_judged: tuple[Judged, ...]
) -> None:
    kept.write("x", four_judged[0])
    (file,) = tmp_path.rglob("x.json")
    file.write_text(file.read_text().replace('"verdict"', '"verdikt"'))
    assert kept.read("x") is None
