"""Synthetic CT pulmonary angiography with the truth known to the voxel.

One 3-D model of a chest, evaluated slice by slice. Nothing here is a patient.
"""

from typing import Final

from pe_models.phantom.spec import Kernel, Level, PhantomSpec

GENERATOR_NAME: Final = "PE Reading Room phantom"

GENERATOR_VERSION: Final = "2.3.0"
"""Changes with every change of the pixels or of the truth that equal arguments give."""

FIRST_RESERVED_SEED: Final = 900_000
"""Seeds from here up are for evaluation and demonstration, never for training."""

DEMO_SEED: Final = 900_009

DEMO_SPEC: Final = PhantomSpec(
    matrix=512,
    n_slices=160,
    is_positive=True,
    kernel=Kernel.SOFT,
    levels=(Level.CENTRAL, Level.LOBAR, Level.LOBAR, Level.SEGMENTAL),
)
"""The study that the demonstration opens."""
