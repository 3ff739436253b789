"""Reports as self-contained files: for one leg, for a batch, and charts."""
