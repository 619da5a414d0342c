"""The nets of a run: built, and filled from ImageNet, from a bundle or from checkpoints."""
