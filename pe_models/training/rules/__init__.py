"""Rules for places and for strain, fitted on the studies of a store through the whole pipeline."""
