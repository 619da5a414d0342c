"""Small phantoms, made once."""

import pytest

from pe_models.phantom.spec import Kernel, Level, PhantomSpec
from pe_models.phantom.study import Phantom, make_phantom

POSITIVE_SPEC = PhantomSpec(
    matrix=128,
    n_slices=48,
    is_positive=True,
    artery_hu=400.0,
    noise_hu=10.0,
    kernel=Kernel.SOFT,
    levels=(Level.CENTRAL, Level.LOBAR),
)
NEGATIVE_SPEC = PhantomSpec(matrix=96, n_slices=24, is_positive=False, artery_hu=300.0)


@pytest.fixture(scope="session")
def positive_spec() -> PhantomSpec:
    return POSITIVE_SPEC


@pytest.fixture(scope="session")
def positive() -> Phantom:
    return make_phantom(7, POSITIVE_SPEC)


@pytest.fixture(scope="session")
def negative() -> Phantom:
    return make_phantom(8, NEGATIVE_SPEC)
