"""The pictures: slices and planes, what is painted over them, and what the mouse means there."""
