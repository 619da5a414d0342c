"""A run is exported again on another day: what did not change keeps its hash."""

from dataclasses import replace
from pathlib import Path

from pe_models.bundle import SLICE_CLASSIFIER_FILE, load_bundle, write_bundle
from pe_models.training.export.bundle import export_bundle
from pe_models.training.run import RunFolder


def aged(bundle: Path, **changed: bytes) -> str:
    """Writes the bundle as it would have been made long ago; gives its SHA-256."""
    there = load_bundle(bundle)
    files = {name: changed.get(name.partition(".")[0], there.read(name)) for name in there.files}
    return write_bundle(bundle, replace(there.spec, created="2020-01-01"), files).sha256


def test_a_bundle_that_differs_in_its_day_alone_stays(cut_run: RunFolder, tmp_path: Path) -> None:
    for target in (tmp_path / "bundle", tmp_path / "bundle.zip"):
        made = export_bundle(cut_run, target, name="run", version="0")
        old = aged(target)
        assert old != made.sha256
        again = export_bundle(cut_run, target, name="run", version="0")
        assert again.sha256 == load_bundle(target).sha256 == old


def test_a_bundle_of_other_nets_or_of_another_name_is_replaced(
    cut_run: RunFolder, tmp_path: Path
) -> None:
    target = tmp_path / "bundle"
    made = export_bundle(cut_run, target, name="run", version="0")
    aged(target, slice_classifier=b"other weights")
    again = export_bundle(cut_run, target, name="run", version="0")
    assert again.read(SLICE_CLASSIFIER_FILE) == made.read(SLICE_CLASSIFIER_FILE)
    assert export_bundle(cut_run, target, name="run", version="1").version == "1"
