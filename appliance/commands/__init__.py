"""What the command line can do, one file per subject. ``cli.py`` gathers them."""
