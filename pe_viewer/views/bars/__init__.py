"""The lines above and below the picture, and their buttons."""
