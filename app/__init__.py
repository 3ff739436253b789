"""The front desk: command line, HTTP service and web page over :mod:`vision`; no geometry here."""
