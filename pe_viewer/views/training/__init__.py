"""Training from the menu: data, runs, gate and bundles."""
