"""`python -m tui_charrnn` is the same as `charrnn-tui`."""

import sys

from tui_charrnn.cli import main

sys.exit(main())
