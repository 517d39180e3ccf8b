"""`python -m orderlint`."""

from orderlint.cli import main

if __name__ == "__main__":
    main()
