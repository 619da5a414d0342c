"""The reading room: what the radiologist sees. Its process never imports torch."""
