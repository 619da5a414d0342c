"""Tables of labels made in memory."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.competition.published_labels import N_POSITIVE, published_exams
from pe_models.labels import EXAM_LABELS
from pe_models.tables.exams import Exams
from pe_models.tables.label_table import LabelTable

MakeTable = Callable[..., LabelTable]


@pytest.fixture
def make_table() -> MakeTable:
    """``make_table([({label, ...}, [0, 1, ...]), ...])``: labels and image labels of each exam."""

    def make(studies: list[tuple[set[str], list[float]]]) -> LabelTable:
        exam = [[float(label in chosen) for label in EXAM_LABELS] for chosen, _ in studies]
        image = [np.array(labels, dtype=float) for _, labels in studies]
        return table_of(np.array(exam), image)

    return make


@pytest.fixture(scope="session")
def published_table() -> LabelTable:
    """As many exams as the competition's table has, of 50 images, 7 of them positive or none."""
    exam = published_exams(np.random.default_rng(3))
    positive, negative = np.zeros(50), np.zeros(50)
    positive[20:27] = 1
    images = [positive if k < N_POSITIVE else negative for k in range(len(exam))]
    return table_of(exam, images)


def table_of(exam: np.ndarray, images: list[np.ndarray]) -> LabelTable:
    n_images = [len(labels) for labels in images]
    exam_of_image = np.repeat(np.arange(len(exam)), n_images)
    return LabelTable(
        exams=Exams(
            study_uids=np.array([f"study{k}" for k in range(len(exam))], dtype=object),
            series_uids=np.array([f"series{k}" for k in range(len(exam))], dtype=object),
            image_uids=np.array([f"image{k}" for k in range(sum(n_images))], dtype=object),
            exam_of_image=exam_of_image,
            series_of_image=exam_of_image,
            rows=np.arange(sum(n_images)),
        ),
        image=np.concatenate(images),
        exam=exam,
        quality=np.zeros((len(exam), 4)),
        notes=(),
    )
