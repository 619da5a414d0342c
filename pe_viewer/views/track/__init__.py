"""The track beside the slices: scores, flags, marks and how far was looked."""
