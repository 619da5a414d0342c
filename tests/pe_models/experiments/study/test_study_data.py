"""A study's slices are known by what lies in the folder, and by what made them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pe_models.errors import DatasetError
from pe_models.experiments.study.data import make_slices, open_slices
from pe_models.experiments.study.presets import PhantomSize
from pe_models.phantom.cohort import write_cohort
from pe_models.training.preparing.phantom_store import ArrayCohort, write_phantom_store

SIZE = PhantomSize(64, 16)


def test_phantoms_are_made_whole_and_said_to_be_phantoms(tmp_path: Path) -> None:
    made = make_slices(tmp_path, 1, SIZE, seed=70)
    assert made.is_phantom
    assert made.are_of_ct
    assert "16 slices, in a prepared store, of 1 synthetic phantoms alone" in made.described


def test_a_store_that_is_cut_to_the_lungs_is_not_of_whole_cts(tmp_path: Path) -> None:
    cohort = ArrayCohort(n_studies=1, seed=40, positive_fraction=1.0, matrix=64, n_slices=16,
                         margin_mm=15.0)  # fmt: skip
    write_phantom_store(tmp_path, cohort)
    slices = open_slices(tmp_path)
    assert not slices.are_of_ct
    assert "cut to the lungs" in slices.described


def test_phantoms_in_the_rsna_layout_are_not_taken_for_patients(tmp_path: Path) -> None:
    folder = write_cohort(tmp_path, n_studies=1, seed=40, positive_fraction=1.0, matrix=64,
                          n_slices=16)  # fmt: skip
    slices = open_slices(folder)
    assert slices.is_phantom
    assert slices.are_of_ct


def test_folders_of_pictures_are_taken_for_patients_but_not_for_cts(tmp_path: Path) -> None:
    for name in ("positive", "negative"):
        (tmp_path / name).mkdir()
        Image.fromarray(np.zeros((20, 20), np.uint8)).save(tmp_path / name / f"{name}_1.png")
    slices = open_slices(tmp_path)
    assert not slices.is_phantom
    assert not slices.are_of_ct


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="neither a prepared store"):
        open_slices(tmp_path)
