"""From numbers to pictures and words: pure functions, no widgets."""
