"""What the pages of several formats draw alike: key images, the track, and their colours."""
