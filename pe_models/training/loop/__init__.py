"""The training of one stage, step by step: rate, averaged weights, checkpoints, processes."""
