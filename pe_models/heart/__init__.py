"""The right heart: from maps of the ventricles to widths, their ratio, and how sure it is."""
