"""Rules for places, fitted on the studies of a store through the whole pipeline."""
