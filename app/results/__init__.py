"""Results as data: the JSON shapes, and what is made of them without a photo."""
