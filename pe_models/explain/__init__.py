"""Maps of a slice or a radiograph: which regions raised its score."""

from pe_models.explain.pictures import picture_map
from pe_models.explain.slices import (
    GRAD_CAM,
    GRAD_CAM_PP,
    explain,
    explain_members,
    grad_cam,
    grad_cam_plus_plus,
    maps_over_input,
    mean_map,
    methods,
    own_map,
    own_method,
    within_crop,
)

__all__ = [
    "GRAD_CAM",
    "GRAD_CAM_PP",
    "explain",
    "explain_members",
    "grad_cam",
    "grad_cam_plus_plus",
    "maps_over_input",
    "mean_map",
    "methods",
    "own_map",
    "own_method",
    "picture_map",
    "within_crop",
]
