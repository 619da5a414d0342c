"""Background work, one job-starter a file. Services know neither widgets nor the state."""
