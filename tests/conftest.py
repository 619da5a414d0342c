"""Shared by all tests: everything of the user below a temporary folder, Qt without a display."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pe_models.bundle import ModelBundle

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fresh PE_HOME, so that no test reads or writes what belongs to a user."""
    folder = tmp_path_factory.mktemp("home")
    before = os.environ.get("PE_HOME")
    os.environ["PE_HOME"] = str(folder)
    yield folder
    if before is None:
        del os.environ["PE_HOME"]
    else:
        os.environ["PE_HOME"] = before


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real CT series; skips where it is absent."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("PE_REAL_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"real CT data are not at {folder} (set PE_REAL_DATA)")
    return folder


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> "ModelBundle":
    """A bundle of tiny untrained nets, made the same way each time."""
    import torch

    from pe_models import bundle as bundles
    from pe_models.calibration import Calibration, ZoneThresholds
    from pe_models.labels import EXAM_LABELS
    from pe_models.nets.load import build_nets
    from pe_models.nets.save import net_files

    torch.manual_seed(20261121)
    architecture = bundles.Architecture(
        "test_efficientnet",
        bundles.SliceArchitecture("test_efficientnet", 256),
        bundles.SequenceArchitecture(256, bottleneck=16, hidden=8),
    )
    spec = bundles.BundleSpec(
        name="tiny",
        version="1",
        task="pe",
        created="2026-11-21",
        preprocessing=bundles.Preprocessing(input_px=64, localizer_px=64),
        architecture=architecture,
        labels=EXAM_LABELS,
        flag_threshold=0.5,
        calibration=Calibration("nothing: untrained"),
        zones=ZoneThresholds(0.3, 0.7, 0.05, 0.05, 40, 40),
        card=bundles.BundleCard("nothing", "tests", "untrained", "Apache-2.0"),
    )
    nets = build_nets(architecture, n_labels=len(EXAM_LABELS))
    folder = tmp_path_factory.mktemp("bundles") / "tiny"
    return bundles.write_bundle(folder, spec, net_files(nets))
