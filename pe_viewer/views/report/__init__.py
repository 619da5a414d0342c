"""The report's form beside the slices: what the reader answers, draws, writes and signs."""
