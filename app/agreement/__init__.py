"""Agreement between two sets of readings, as a reliability study reports it."""
