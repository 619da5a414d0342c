"""Maps of a slice or a radiograph: which regions raised its score."""

from pe_models.explain.pictures import picture_map
from pe_models.explain.slices import (
    GRAD_CAM,
    GRAD_CAM_PP,
    explain,
    explain_members,
    grad_cam,
    grad_cam_plus_plus,
    mean_map,
    methods,
    own_map,
    own_method,
    to_grid,
    within_crop,
)

__all__ = [
    "GRAD_CAM",
    "GRAD_CAM_PP",
    "explain",
    "explain_members",
    "grad_cam",
    "grad_cam_plus_plus",
    "mean_map",
    "methods",
    "own_map",
    "own_method",
    "picture_map",
    "to_grid",
    "within_crop",
]
