"""What is minimised: losses of labels, and of the tissue at each cell of a dense net's maps."""
