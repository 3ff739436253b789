"""Translations of the pages."""
