"""What leaves a run: a ModelBundle with its card, or embeddings for the use of others."""
