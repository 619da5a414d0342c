"""Tasks are data, and refuse what they cannot judge with a reason."""

import subprocess
import sys
from dataclasses import replace

import pytest

from pe_models.errors import InputError, RefusedError
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.study import PixelFormat, Series, SliceSource
from pe_models.labels import EXAM_LABELS
from pe_models.tasks import DEFAULT_TASK, HEMORRHAGE, PE, PNEUMONIA, TASKS, Task, task_for


@pytest.fixture
def axial_ct() -> Series:
    pixels = PixelFormat("1.2.840.10008.1.2.1", 4, 4, 16, 16, is_signed=True)
    source = SliceSource("a.dcm", "1.2", "1.3", 1, 0.0, (0.0, 0.0, 0.0), pixels)
    geometry = Geometry.axial((1, 4, 4), (1.0, 1.0, 1.0))
    return Series("1", "2", "CT", "CHEST", (source,), geometry, n_files=1)


def test_pe_is_the_first_task_and_the_default() -> None:
    assert next(iter(TASKS)) == DEFAULT_TASK == "pe"
    assert task_for("pe") is PE
    assert PE.exam is not None
    assert PE.exam.labels == EXAM_LABELS


def test_an_unknown_task_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(InputError, match=r"'fracture'.*pe"):
        task_for("fracture")


def test_an_axial_ct_is_taken_whatever_its_contrast_tag_says(axial_ct: Series) -> None:
    PE.require(replace(axial_ct, contrast_agent="", kernel="LUNG", description="ABDOMEN"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"modality": "MR"}, "is MR, not CT"),
        ({"modality": ""}, "no stated modality"),
        ({"is_axial": False}, "not axial"),
    ],
)
def test_what_is_no_axial_ct_is_refused_with_its_reason(axial_ct: Series, change, reason) -> None:
    with pytest.raises(RefusedError, match=reason):
        PE.require(replace(axial_ct, **change))


def test_a_perfusion_map_is_refused_though_a_ct_made_it(axial_ct: Series) -> None:
    maps = tuple(
        replace(source, pixels=replace(source.pixels, rescale_type="US"))
        for source in axial_ct.slices
    )
    with pytest.raises(RefusedError, match="not Hounsfield units"):
        PE.require(replace(axial_ct, slices=maps))


def test_a_task_without_a_weight_for_each_label_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="weights"):
        replace(PE, labels=("any",), summary_label="any")
    with pytest.raises(ValueError, match="weights"):
        replace(PE.exam, labels=("any",))


def test_a_task_whose_summary_is_none_of_its_labels_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="no label any"):
        replace(PE, summary_label="any")


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.key)
def test_the_weights_of_each_task_sum_to_one(task: Task) -> None:
    assert task.label_weights().sum() == pytest.approx(1.0)


def test_hemorrhage_names_five_kinds_and_weighs_any_twice() -> None:
    assert len(HEMORRHAGE.kinds) == 5
    assert HEMORRHAGE.weights["any"] == pytest.approx(2 * HEMORRHAGE.weights["epidural"])


def test_a_task_of_radiographs_refuses_a_ct_and_takes_a_radiograph(axial_ct: Series) -> None:
    with pytest.raises(RefusedError, match="is CT, not CR or DX"):
        PNEUMONIA.require(axial_ct)
    PNEUMONIA.require(replace(axial_ct, modality="DX", is_axial=False))


def test_tasks_load_without_torch_pandas_or_simpleitk() -> None:
    code = (
        "import sys, pe_models.tasks, pe_models.calibration, pe_models.consistency\n"
        "heavy = {'torch', 'pandas', 'SimpleITK', 'scipy'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
