"""Shared by all tests: everything of the user below a temporary folder, Qt without a display."""

import functools
import gc
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from pe_models.bundle import ModelBundle

PATIENCE_MS = 60_000
"""How long a test waits for what must come: only a program that hangs reaches it."""

LIFELONG_THREADS = frozenset({"pe-memory"})
"""Begun when first needed, and there until the program ends."""

hypothesis.settings.register_profile("busy machine", deadline=None)
hypothesis.settings.load_profile("busy machine")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads starve one another
os.environ.setdefault("PE_ENGINE", "torch")  # to translate a tiny net takes longer than to use it


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bounds on wall-clock time are tried again: another program may have held the processor."""
    for item in items:
        if item.get_closest_marker("wall_clock"):
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=1))


@pytest.fixture
def qtbot(qtbot: "QtBot", monkeypatch: pytest.MonkeyPatch) -> "QtBot":
    """The robot of pytest-qt, with patience for a busy machine."""
    for wait in ("waitUntil", "waitSignal", "waitSignals"):
        monkeypatch.setattr(
            qtbot, wait, functools.partial(getattr(qtbot, wait), timeout=PATIENCE_MS)
        )
    return qtbot


def pytest_collection_finish() -> None:
    """What all tests import lives on: the collections at their ends pass it over, a second each."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="module")
def imports_are_settled() -> Iterator[None]:
    """So does what the tests of a module were the first to import: torch is 600,000 objects."""
    yield
    gc.collect()
    gc.freeze()


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


@pytest.fixture(scope="session")
def dense_bundle(
    tiny_bundle: "ModelBundle", tmp_path_factory: pytest.TempPathFactory
) -> "ModelBundle":
    """A bundle of tiny untrained nets with a dense head of 8 channels, 3 mm a pixel."""
    import torch

    from pe_models.bundle import (
        Architecture,
        Preprocessing,
        SequenceArchitecture,
        SliceArchitecture,
        SliceHead,
        write_bundle,
    )
    from pe_models.labels import EXAM_LABELS
    from pe_models.nets.load import build_nets
    from pe_models.nets.save import net_files
    from pe_models.nets.slice_description import description_length

    width = 8
    embedding = description_length(width)
    spec = replace(
        tiny_bundle.spec,
        name="tiny-dense",
        preprocessing=Preprocessing(localizer_px=64, pixel_mm=3.0),
        architecture=Architecture(
            "test_efficientnet",
            SliceArchitecture("test_efficientnet", embedding, SliceHead.DENSE, width),
            SequenceArchitecture(embedding, bottleneck=16, hidden=8),
        ),
    )
    with torch.random.fork_rng():
        torch.manual_seed(20261122)
        nets = build_nets(spec.architecture, n_labels=len(EXAM_LABELS))
    return write_bundle(tmp_path_factory.mktemp("b") / "tiny-dense", spec, net_files(nets))


@pytest.fixture
def write_ct() -> Callable[..., NDArray[np.int16]]:
    """Writes a tiny CT as DICOM files; gives its HU [slice, row, col], slice 0 most inferior.

    ``write_ct(folder, n_slices=12, series=1, modality="CT", description=...)``. No slice equals
    its mirror image, and rows, cols and all spacings differ, so that any flip or swap shows.
    """
    return _write_ct


def _write_ct(
    folder: Path,
    *,
    n_slices: int = 12,
    series: int = 1,
    modality: str = "CT",
    description: str = "CT CHEST PE PROTOCOL",
    name: str = "DOE^JANE",
    study_uid: str = "1.2.826.0.1.9.12345678",
) -> NDArray[np.int16]:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MRImageStorage

    folder.mkdir(parents=True, exist_ok=True)
    rows, cols = np.mgrid[0:40, 0:60]
    hu = np.stack([rows * 7 + cols * 3 - 200 + 11 * k for k in range(n_slices)]).astype(np.int16)
    for index in range(n_slices):
        image = Dataset()
        image.SOPClassUID = CTImageStorage if modality == "CT" else MRImageStorage
        image.SOPInstanceUID = f"1.2.826.0.1.{series}.{index + 1}"
        image.StudyInstanceUID = study_uid
        image.SeriesInstanceUID = f"1.2.826.0.1.9.{series}"
        image.FrameOfReferenceUID = f"1.2.826.0.1.8.{series}"
        image.Modality, image.SeriesDescription = modality, description
        image.PatientName, image.PatientID = name, "ID-123"
        image.PatientSex, image.PatientAge, image.StudyDate = "F", "063Y", "20261120"
        image.SeriesNumber, image.InstanceNumber = series, n_slices - index
        image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        image.ImagePositionPatient = [-20.0, -14.0, -100.0 + 1.25 * index]
        image.PixelSpacing, image.SliceThickness = [0.7, 0.8], 1.25
        image.Rows, image.Columns = 40, 60
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated, image.BitsStored, image.HighBit = 16, 16, 15
        image.PixelRepresentation = 1
        image.RescaleSlope, image.RescaleIntercept, image.RescaleType = 1, 0, "HU"
        image.PixelData = hu[index].tobytes()
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.save_as(
            folder / f"{series}-{(index * 7919) % 1009:04d}.dcm", enforce_file_format=True
        )
    return hu


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fails a test that leaves a thread or a visible window."""
    before = set(threading.enumerate())
    yield
    from PySide6.QtWidgets import QApplication

    new = [t.name for t in threading.enumerate() if t not in before and t.is_alive()]
    left = [name for name in new if name not in LIFELONG_THREADS]
    assert not left, f"threads were left: {left}"
    windows = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    assert not windows, f"windows were left: {windows}"
