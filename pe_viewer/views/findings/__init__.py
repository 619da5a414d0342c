"""What the model says and what the reader says of it, flag by flag."""
