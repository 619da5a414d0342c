"""From labelled pictures to a table of figures and a bundle, in one go, for any task."""
