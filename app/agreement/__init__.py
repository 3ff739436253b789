"""Agreement of two sets of readings, as reported in reliability studies."""
