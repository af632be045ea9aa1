"""``gpdrift serve``: the browser app, on this computer only unless told otherwise."""

from __future__ import annotations

import socket
from importlib.util import find_spec

import click

from model.errors import InputError


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 lets others in.")
@click.option("--region", "regions", multiple=True, metavar="R", help="Region folder or preset to offer (repeatable).")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def serve(port: int, host: str, regions: tuple[str, ...], quiet: bool) -> None:
    """Watch and steer the model in a browser. Stop with Ctrl-C."""
    if find_spec("solara") is None or find_spec("uvicorn") is None:
        raise InputError(
            "serve: the browser app is not installed; install gpdrift with its extra: pip install 'gpdrift[app]'"
        )
    from runs.serving import serve_app

    serve_app(host, free_port(host, port), regions, quiet)


def free_port(host: str, port: int) -> int:
    """The port, or any free one for 0.

    Raises:
        InputError: it is taken, or there is no such address here.
    """
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            return int(listener.getsockname()[1])
    except OSError as failure:
        raise InputError(
            f"--port {port}: cannot listen on {host} ({failure.strerror}); choose another with --port, or --port 0"
        ) from None
