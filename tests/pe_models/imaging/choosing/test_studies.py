"""Whose slices form one study: of one examination of one patient, whatever the UIDs say."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pe_models.imaging.scan import scan_folder


@pytest.fixture
def six_hu(series_hu: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.concatenate([series_hu, series_hu + 1])


@pytest.fixture
def written_for(write_series, six_hu) -> Callable[[Callable[[int], tuple[str, str]]], Path]:
    """One series of one study UID; a function tells the name and ID of each slice's patient."""

    def write(patient_of: Callable[[int], tuple[str, str]]) -> Path:
        def named(dataset: Dataset, index: int) -> None:
            dataset.PatientName, dataset.PatientID = patient_of(index)

        return write_series(hu=six_hu, edit=named).folder

    return write


def test_slices_of_two_patients_are_never_one_series_though_they_share_every_uid(written_for):
    folder = written_for(lambda index: (f"PHANTOM^{index % 2}", f"P{index % 2}"))

    studies = scan_folder(folder)

    assert {study.patient.patient_id for study in studies} == {"P0", "P1"}
    for study in studies:
        (series,) = study.series
        assert {s.instance_number % 2 for s in series.slices} == {int(study.patient.patient_id[1])}


def test_slices_that_name_no_patient_stay_with_the_only_one_who_is_named(written_for):
    folder = written_for(lambda index: ("PHANTOM^Arrow", "P1" if index == 4 else ""))

    (study,) = scan_folder(folder)

    assert study.patient.patient_id == "P1"
    assert [series.n_slices for series in study.series] == [6]


def test_slices_that_name_no_patient_are_given_to_none_of_several(written_for):
    folder = written_for(lambda index: ("", ("P0", "P1", "")[index % 3]))

    studies = scan_folder(folder)

    assert [(s.patient.patient_id, s.series[0].n_slices) for s in studies] == [
        ("", 2),
        ("P1", 2),
        ("P0", 2),
    ]
