"""The model's lines across the ventricles and the trunk, as lengths that a reader may take over."""

from pe_models.findings import Findings
from pe_models.heart_findings import Width
from pe_viewer.review import Length, Structure


def model_line(findings: Findings | None, structure: Structure) -> Length | None:
    """The model's line across a structure; None where it has none."""
    width = None if findings is None else _width(findings, structure)
    if width is None:
        return None
    return Length(width.slice_index, width.start, width.end, structure)


def model_lines(findings: Findings | None) -> tuple[Length, ...]:
    """All of them."""
    lines = (model_line(findings, structure) for structure in Structure)
    return tuple(line for line in lines if line is not None)


def _width(findings: Findings, structure: Structure) -> Width | None:
    if structure is Structure.TRUNK:
        return None if findings.trunk is None else findings.trunk.diameter
    if findings.heart is None:
        return None
    return findings.heart.rv if structure is Structure.RV else findings.heart.lv
