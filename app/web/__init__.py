"""The web pages: form, result, editor, and their translations."""
