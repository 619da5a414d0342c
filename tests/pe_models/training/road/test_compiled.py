"""A run whose nets go through ``torch.compile`` learns what the others learn."""

import shutil
from pathlib import Path

import pytest
import torch

from pe_models.training.config import preset, with_settings
from pe_models.training.road.train import TrainOptions, train
from pe_models.training.run import RunFolder, RunState
from pe_models.training.store import Store
from pe_models.training.weights.nets import StageName


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile wants a C++ compiler")
@pytest.mark.filterwarnings("ignore")
def test_a_compiled_slice_net_ends_with_the_weights_of_the_other(
    array_store: Store, tmp_path: Path
) -> None:
    config = with_settings(preset("tiny"), ["slice.steps=2", "localizer.steps=1"])
    stages = (StageName.LOCALIZER, StageName.SLICE)
    weights = {}
    for is_compiled in (False, True):
        run = RunFolder(tmp_path / str(is_compiled))
        options = TrainOptions("cpu", is_compiled=is_compiled)
        assert train(stages, array_store, run.folder, config, options) is RunState.DONE
        checkpoint = torch.load(run.checkpoint_file(StageName.SLICE), weights_only=True)
        weights[is_compiled] = checkpoint["net"]
    assert weights[True].keys() == weights[False].keys()
    for name, value in weights[False].items():
        assert torch.allclose(weights[True][name].float(), value.float(), atol=2e-3), name
