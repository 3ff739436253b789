"""Folders of any size: photos found, measured in worker processes, results on disk at once.

jobs → workers → ledger (results.jsonl, one line per photo as soon as it is there) → tables
"""
