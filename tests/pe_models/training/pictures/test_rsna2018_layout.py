"""Radiographs in the layout of RSNA 2018: rows become pictures, contradictions are refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pe_models.errors import DatasetError
from pe_models.tasks import PNEUMONIA
from pe_models.training.pictures.layouts.rsna2018 import (
    IMAGES_FOLDER,
    LABELS_FILE,
    SOURCES_FILE,
    is_rsna2018,
    read_opacity_boxes,
    read_rsna2018,
)

HEADER = "patientId,x,y,width,height,Target"
SICK, TWICE, WELL = "aaaa-0001", "aaaa-0002", "bbbb-0003"
ROWS = (
    f"{SICK},264.0,152.0,213.0,379.0,1",
    f"{WELL},,,,,0",
    f"{TWICE},562.0,152.0,256.0,453.0,1",
    f"{TWICE},10.0,20.0,30.0,40.0,1",
)

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the table, an empty file a radiograph, and the mapping where it is asked for."""

    def make(
        *rows: str,
        files: tuple[str, ...] = (SICK, TWICE, WELL),
        sources: dict[str, str] | None = None,
    ) -> Path:
        (tmp_path / IMAGES_FOLDER).mkdir()
        for name in files:
            (tmp_path / IMAGES_FOLDER / f"{name}.dcm").touch()
        (tmp_path / LABELS_FILE).write_text("\n".join((HEADER, *rows, "")))
        if sources is not None:
            entries = [{"subset_img_id": name, "img_id": img} for name, img in sources.items()]
            (tmp_path / SOURCES_FILE).write_text(json.dumps(entries))
        return tmp_path

    return make


def test_a_radiograph_of_several_boxes_is_one_picture(write: Write) -> None:
    folder = write(*ROWS)
    table = read_rsna2018(folder)
    assert is_rsna2018(folder)
    assert table.task is PNEUMONIA
    assert [(p.key, p.labels) for p in table.pictures] == [
        (SICK, (1.0,)), (WELL, (0.0,)), (TWICE, (1.0,))
    ]  # fmt: skip
    assert table.pictures[0].path == folder / IMAGES_FOLDER / f"{SICK}.dcm"


def test_boxes_are_kept_by_picture(write: Write) -> None:
    assert read_opacity_boxes(write(*ROWS)) == {
        SICK: ((264.0, 152.0, 213.0, 379.0),),
        WELL: (),
        TWICE: ((562.0, 152.0, 256.0, 453.0), (10.0, 20.0, 30.0, 40.0)),
    }


def test_columns_come_by_name(tmp_path: Path) -> None:
    (tmp_path / LABELS_FILE).write_text(
        f"Target,height,width,y,x,patientId\n1,4,3,2,1,{SICK}\n0,,,,,{WELL}\n"
    )
    assert read_opacity_boxes(tmp_path) == {
        SICK: ((1.0, 2.0, 3.0, 4.0),),
        WELL: (),
    }


def test_the_mapping_tells_whose_a_radiograph_is(write: Write) -> None:
    sources = {SICK: "00000013_005.png", WELL: "00000013_011.png", TWICE: "00000020_000.png"}
    table = read_rsna2018(write(*ROWS, sources=sources))
    assert [picture.patient for picture in table.pictures] == ["00000013", "00000013", "00000020"]
    assert table.skipped == ()


def test_without_the_mapping_each_stands_for_a_patient_and_that_is_said(write: Write) -> None:
    table = read_rsna2018(write(*ROWS))
    assert [picture.patient for picture in table.pictures] == [SICK, WELL, TWICE]
    (said,) = table.skipped
    assert said.startswith("3 of 3 radiographs have no patient")


def test_radiographs_without_a_file_are_counted_and_left_out(write: Write) -> None:
    sources = {SICK: "1_0.png", WELL: "2_0.png", TWICE: "3_0.png"}
    table = read_rsna2018(write(*ROWS, files=(WELL,), sources=sources))
    assert [picture.key for picture in table.pictures] == [WELL]
    assert table.skipped == ("2 of 3 radiographs of stage_2_train_labels.csv have no file.",)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ((*ROWS, f"{WELL},1,2,3,4,1"), "1 radiographs are both 0 and 1 "),
        ((*ROWS, ROWS[0]), "1 radiographs stand there twice "),
        ((*ROWS, ROWS[1]), "1 radiographs stand there twice "),
        ((f"{SICK},,,,,1",), "line 2: Target 1 without a box"),
        ((ROWS[0], f"{WELL},1,2,3,4,0"), "line 3: Target 0 with a box"),
        ((f"{SICK},1,2,3,,1",), "line 2: a box of four numbers"),
        ((f"{SICK},1,2,0,4,1",), "line 2: the box is empty"),
        ((f"{SICK},1,2,nan,4,1",), "line 2: the box is empty"),
        ((f"{SICK},,,,,2",), "line 2: Target '2'"),
        ((",,,,,0",), "line 2: no patientId"),
        ((), "no rows"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_line(
    write: Write, rows: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(DatasetError, match=reason):
        read_rsna2018(write(*rows))


def test_ids_are_told_by_their_ends_alone(write: Write) -> None:
    name = "0004cfab-14fd-4e49-80ba-63a80b6bddd6"
    with pytest.raises(DatasetError) as caught:
        read_rsna2018(write(f"{name},,,,,0", f"{name},1,2,3,4,1"))
    assert name not in str(caught.value)
    assert name[-8:] in str(caught.value)


@pytest.mark.parametrize("text", ["{}", "[1]", "no json", '[{"img_id": "1_0.png"}]'])
def test_a_mapping_that_is_none_is_refused(write: Write, text: str) -> None:
    folder = write(*ROWS)
    (folder / SOURCES_FILE).write_text(text)
    with pytest.raises(DatasetError, match="not the mapping"):
        read_rsna2018(folder)
