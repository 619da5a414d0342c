"""What a table of labels holds: counts, baselines, contradictions, figures and sample pictures."""
