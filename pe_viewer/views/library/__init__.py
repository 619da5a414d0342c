"""What was opened: the welcome, the studies and series at hand, the library."""
