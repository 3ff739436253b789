"""Page of the clients: a list in the browser alone, of which the service receives nothing.

``static/clients`` holds the scripts. The constants of :mod:`vision.comparison` are sent with the
page, so that they are defined only once.
"""

from typing import Final

from vision.angles import Z95
from vision.comparison import SETUP_SIGMA_DEG

CONSTANTS: Final = {"z95": Z95, "setup_sigma_deg": SETUP_SIGMA_DEG}
"""Constants of the comparison of two results; degrees unless the name states otherwise."""
