"""`python -m streaming_analytics`, the same as the command `streaming`."""

from streaming_analytics.cli import main

main(prog_name="streaming")
