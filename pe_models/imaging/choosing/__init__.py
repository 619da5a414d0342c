"""Which series of a study suits reading for PE best."""
