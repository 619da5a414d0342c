"""What is drawn: one widget a file, each reading the state and emitting requests."""
