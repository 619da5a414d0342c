"""Content items of structured reports (PS3.3 C.17.3), with nothing that they do not need.

A study of 300 slices has thousands of them; highdicom's, which check and copy each other, take
seconds and write twice as much. What is written here is read back by highdicom in the tests.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from pe_models.imaging.study import SliceSource
from pe_viewer.report.dicom.sources import reference


class Relation(StrEnum):
    """How an item belongs to the one above it."""

    CONTAINS = "CONTAINS"
    CONCEPT_MODIFIER = "HAS CONCEPT MOD"
    OBSERVATION_CONTEXT = "HAS OBS CONTEXT"
    INFERRED_FROM = "INFERRED FROM"
    SELECTED_FROM = "SELECTED FROM"
    PROPERTY = "HAS PROPERTIES"


class Shape(StrEnum):
    """GraphicType of a spatial coordinate."""

    POLYLINE = "POLYLINE"
    ELLIPSE = "ELLIPSE"


def coded(code: Code) -> list[Dataset]:
    """A code sequence of one item (PS3.3 8.8)."""
    item = Dataset()
    item.CodeValue = code.value
    item.CodingSchemeDesignator = code.scheme_designator
    item.CodeMeaning = code.meaning
    return [item]


def container(
    name: Code,
    children: Iterable[Dataset],
    *,
    template: str | None = None,
    relation: Relation | None = Relation.CONTAINS,
) -> Dataset:
    """``template`` is the TID in PS3.16; ``relation`` is None for the root."""
    item = _item("CONTAINER", name, relation)
    item.ContinuityOfContent = "SEPARATE"
    if template is not None:
        identification = Dataset()
        identification.MappingResource = "DCMR"
        identification.TemplateIdentifier = template
        item.ContentTemplateSequence = [identification]
    item.ContentSequence = list(children)
    return item


def text(
    name: Code,
    value: str,
    relation: Relation = Relation.CONTAINS,
    *,
    children: Sequence[Dataset] = (),
) -> Dataset:
    item = _item("TEXT", name, relation)
    item.TextValue = value
    return _with_children(item, children)


def code(
    name: Code,
    value: Code,
    relation: Relation = Relation.CONTAINS,
    *,
    children: Sequence[Dataset] = (),
) -> Dataset:
    item = _item("CODE", name, relation)
    item.ConceptCodeSequence = coded(value)
    return _with_children(item, children)


def uid(name: Code, value: str, relation: Relation = Relation.OBSERVATION_CONTEXT) -> Dataset:
    item = _item("UIDREF", name, relation)
    item.UID = value
    return item


def person(name: Code, value: str, relation: Relation = Relation.OBSERVATION_CONTEXT) -> Dataset:
    item = _item("PNAME", name, relation)
    item.PersonName = value
    return item


def number(
    name: Code,
    value: float,
    units: Code,
    *,
    children: Sequence[Dataset] = (),
) -> Dataset:
    """Seven digits of ``value``: the least score that means yes, 0.500001, stays above 0.5."""
    measured = Dataset()
    measured.NumericValue = f"{value:.7g}"
    measured.MeasurementUnitsCodeSequence = coded(units)
    item = _item("NUM", name, Relation.CONTAINS)
    item.MeasuredValueSequence = [measured]
    return _with_children(item, children)


def image(
    source: SliceSource, name: Code | None = None, relation: Relation = Relation.CONTAINS
) -> Dataset:
    item = _item("IMAGE", name, relation)
    item.ReferencedSOPSequence = [reference(source)]
    return item


def coordinates(
    shape: Shape,
    points: Sequence[tuple[float, float]],
    source: SliceSource,
    name: Code | None,
    relation: Relation,
) -> Dataset:
    """``points`` are (row, col), whole numbers at the centres of pixels.

    DICOM counts (column, row) from the corner of the first pixel, whose centre is (0.5, 0.5)
    (PS3.3 C.18.6.1.2). An ellipse has four: the ends of its major, then of its minor axis.
    """
    item = _item("SCOORD", name, relation)
    item.GraphicType = shape
    item.GraphicData = [value for row, col in points for value in (col + 0.5, row + 0.5)]
    item.ContentSequence = [image(source, relation=Relation.SELECTED_FROM)]
    return item


def _with_children(item: Dataset, children: Sequence[Dataset]) -> Dataset:
    if children:
        item.ContentSequence = list(children)
    return item


def _item(value_type: str, name: Code | None, relation: Relation | None) -> Dataset:
    item = Dataset()
    if relation is not None:
        item.RelationshipType = relation.value
    item.ValueType = value_type
    if name is not None:
        item.ConceptNameCodeSequence = coded(name)
    return item
