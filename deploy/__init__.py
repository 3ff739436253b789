"""Tools to ship the service and to document its parts; not included in the wheel."""
