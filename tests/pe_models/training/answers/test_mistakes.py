"""Places that a slice net takes for clots and that are none."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pe_models.errors import DatasetError
from pe_models.nets.inference import SliceReader
from pe_models.nets.slice_output import SliceOutput
from pe_models.training.answers.mistakes import find_mistakes, read_mistakes, write_mistakes
from pe_models.training.config import preset
from pe_models.training.store import Store
from pe_models.training.store.tissue_labels import TissueLabel

PARAMS = preset("tiny").preprocessing


class Sees(nn.Module):
    """A net whose answer is read from its input."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def encode(self, x: Tensor) -> tuple[Tensor]:
        return (x,)


class SeesBrightness(Sees):
    """Takes the brightest cell of each slice for a clot, and nothing else."""

    def read(self, x: Tensor) -> SliceOutput:
        grey = nn.functional.max_pool2d(x[:, 1:2], 4)[:, 0]
        brightest = grey.amax(dim=(1, 2), keepdim=True)
        activation = torch.where(grey >= brightest, 3.0, -9.0)
        return SliceOutput(activation.amax(dim=(1, 2)), activation, activation)


class SeesAll(Sees):
    """Takes every place for a clot, the further down and right the more surely."""

    def read(self, x: Tensor) -> SliceOutput:
        rows, cols = x.shape[2] // 4, x.shape[3] // 4
        rising = torch.linspace(-1.0, 1.0, rows * cols).reshape(1, rows, cols).repeat(len(x), 1, 1)
        return SliceOutput(rising[:, -1, -1], rising, rising)


class SeesNothing(Sees):
    def read(self, x: Tensor) -> SliceOutput:
        cold = torch.full((len(x), x.shape[2] // 4, x.shape[3] // 4), -9.0)
        return SliceOutput(cold[:, 0, 0], cold, cold)


def test_they_lie_where_the_net_points_and_not_at_clots(cut_store: Store) -> None:
    for study in cut_store.studies:
        places = find_mistakes(SliceReader(SeesBrightness()), cut_store, study, PARAMS)
        assert len(places) > 1
        hu, labels = np.asarray(cut_store.hu(study)), cut_store.labels(study)
        _, row_mm, col_mm = study.spacing_mm
        rows, cols = round(4 * PARAMS.pixel_mm / row_mm), round(4 * PARAMS.pixel_mm / col_mm)
        for k, row, col in places:
            assert k % 3 == 0
            box = np.s_[k, max(0, row - rows) : row + rows + 1, max(0, col - cols) : col + cols + 1]
            assert hu[box].max() >= min(450, hu[k].max()) - 100  # the window ends at 450 HU
            assert labels[k, row, col] != TissueLabel.CLOT


def test_no_mistake_is_near_a_clot_however_high_the_map(cut_store: Store) -> None:
    for study in cut_store.studies:
        labels = np.asarray(cut_store.labels(study))
        clots = np.argwhere(labels == TissueLabel.CLOT) * study.spacing_mm
        places = find_mistakes(SliceReader(SeesAll()), cut_store, study, PARAMS)
        assert 1 <= len(places) <= 24
        apart = [np.linalg.norm(clots - place * study.spacing_mm, axis=1) for place in places]
        assert all(distance.min(initial=np.inf) >= 5.0 for distance in apart)


def test_a_net_that_sees_nothing_makes_none(cut_store: Store, tmp_path: Path) -> None:
    study = cut_store.studies[0]
    places = find_mistakes(SliceReader(SeesNothing()), cut_store, study, PARAMS)
    assert places.shape == (0, 3)
    write_mistakes(tmp_path, study, places)
    assert read_mistakes(tmp_path, study).shape == (0, 3)


def test_what_was_written_is_read_and_damage_is_named(cut_store: Store, tmp_path: Path) -> None:
    study = cut_store.studies[0]
    write_mistakes(tmp_path, study, np.array([[2, 30, 41]]))
    assert read_mistakes(tmp_path, study).tolist() == [[2, 30, 41]]
    for content in (b"no array", b""):
        (tmp_path / f"{study.key}.npy").write_bytes(content)
        with pytest.raises(DatasetError, match="missing or damaged"):
            read_mistakes(tmp_path, study)


def test_a_net_of_no_fixed_scale_is_refused(cut_store: Store) -> None:
    params = preset("tiny-pooled").preprocessing
    with pytest.raises(DatasetError, match="fixed scale"):
        find_mistakes(SliceReader(SeesNothing()), cut_store, cut_store.studies[0], params)
