"""The validation report: docs/accuracy.md and docs/accuracy-groups.md.

    python -m benchmarks.validation [--text]

Nothing is measured here: the figures are in ``benchmarks/results``, the text is in ``templates``, one
template per section. ``--text`` skips the plots and needs no matplotlib.
"""
