"""Volume -> Findings: the one place that puts the nets to use."""

from pe_models.pipeline.by_task import AnyPipeline, Pipelines, open_pipeline
from pe_models.pipeline.choosing import choose_task
from pe_models.pipeline.device import choose_device, use_threads
from pe_models.pipeline.listening import OnCoarse
from pe_models.pipeline.nets_at_work import COARSE_STEP
from pe_models.pipeline.pictures import PicturePipeline
from pe_models.pipeline.pipeline import Analysis, Pipeline

__all__ = [
    "COARSE_STEP",
    "Analysis",
    "AnyPipeline",
    "OnCoarse",
    "PicturePipeline",
    "Pipeline",
    "Pipelines",
    "choose_device",
    "choose_task",
    "open_pipeline",
    "use_threads",
]
