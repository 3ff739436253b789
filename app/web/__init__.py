"""The web pages: form, result, editor, and what they are made of."""
