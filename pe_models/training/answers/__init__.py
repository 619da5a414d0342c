"""What trained nets say of prepared studies: kept as files, aligned, calibrated."""
