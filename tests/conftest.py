"""What every test process starts from."""

from __future__ import annotations

import os

# Tests run side by side, one process a core: more threads in each only wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")
