"""A run: its stages one after the other, out of fold where wanted, within the memory there is."""
