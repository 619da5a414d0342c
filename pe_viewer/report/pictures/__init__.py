"""Key images and flagged runs as pictures, still and moving."""
