"""From labelled series to a ModelBundle: prepared store, stages, measures, export."""
