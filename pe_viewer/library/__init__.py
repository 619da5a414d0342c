"""What is kept of a reader's work, on this machine alone."""
