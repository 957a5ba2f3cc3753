"""`python -m enumd.cli`: the same as the command `enumd`, whatever the path holds."""

from enumd.cli.main import main

main(prog_name="enumd")
