"""The way into the gpdrift command: Ctrl-C is heard before anything else is loaded, which takes a while."""

from __future__ import annotations

from runs.stopping import leave_at_once


def main() -> None:
    """Run the command line and leave with its exit code."""
    leave_at_once()
    from runs.main import main as run

    run()


if __name__ == "__main__":
    main()
