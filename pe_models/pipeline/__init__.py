"""Volume -> Findings: the one place that puts the nets to use."""

from pe_models.pipeline.device import choose_device, use_threads
from pe_models.pipeline.listening import OnCoarse
from pe_models.pipeline.nets_at_work import COARSE_STEP
from pe_models.pipeline.pipeline import Analysis, Pipeline

__all__ = ["COARSE_STEP", "Analysis", "OnCoarse", "Pipeline", "choose_device", "use_threads"]
