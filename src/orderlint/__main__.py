"""`python -m orderlint`: like the `orderlint` command, without modules of the folder it is run in."""

import os
import sys

if __name__ == "__main__":
    # `python -m` puts the current folder first, where a `libcst.py` of the linted tree would be imported
    if not getattr(sys.flags, "safe_path", False) and sys.path[:1] == [os.getcwd()]:
        del sys.path[0]
    from orderlint.cli import main

    main()
