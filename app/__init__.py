"""Command line, HTTP service and web pages on top of :mod:`vision`; no geometry here."""
