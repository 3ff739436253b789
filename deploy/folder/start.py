"""The program of the one-folder build: the command line; opened by a double click, the web page."""

import multiprocessing
import sys

from app.cli import main

if __name__ == "__main__":
    multiprocessing.freeze_support()  # a worker is this program once more
    if len(sys.argv) == 1:
        sys.argv.append("app")
    main()
