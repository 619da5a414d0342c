"""Bundles of exams as a run of some configuration leaves them, but for their files."""

from dataclasses import replace

from pe_models.bundle import ModelBundle
from pe_models.training.config import TrainConfig
from pe_models.training.weights.nets import architecture_of


def made_with(config: TrainConfig, like: ModelBundle) -> ModelBundle:
    """``like`` with the nets and the preprocessing of ``config``."""
    spec = replace(
        like.spec, preprocessing=config.preprocessing, architecture=architecture_of(config)
    )
    return replace(like, spec=spec)
