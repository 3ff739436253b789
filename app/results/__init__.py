"""Results as data: JSON schemas, and everything that needs no photo."""
