"""The command line's commands, one module each, and what they share."""
