"""Small heads, made once."""

from collections.abc import Callable
from functools import cache

import pytest

from pe_models.phantom.head.spec import BleedKind, HeadSpec
from pe_models.phantom.head.study import HeadPhantom, make_head

MATRIX = 96
N_SLICES = 14


@pytest.fixture(scope="session")
def bleeding() -> Callable[[BleedKind], HeadPhantom]:
    """A head with one kind of bleed alone, without mimics and noise."""

    @cache
    def make(kind: BleedKind) -> HeadPhantom:
        spec = HeadSpec(MATRIX, N_SLICES, bleeds=(kind,), mimics=(), noise_hu=0.0)
        return make_head(21, spec)

    return make


@pytest.fixture(scope="session")
def healthy() -> HeadPhantom:
    """The same head without blood."""
    return make_head(21, HeadSpec(MATRIX, N_SLICES, is_positive=False, mimics=(), noise_hu=0.0))
