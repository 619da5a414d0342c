"""What is measured of the chest on a coarse grid: lungs, airway, opacification."""
