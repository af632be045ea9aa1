"""The server behind ``gpdrift serve``: Solara without anything that would need the network."""

from __future__ import annotations

import gc
import os
import socket
import time

import click

LOOPBACK = ("127.0.0.1", "::1", "localhost")
NOWHERE = "http://127.0.0.1:9/"
"""Where Solara would look for assets that are not installed: it never asks another computer."""
IDLE = "10m"
"""A visitor who has gone keeps the run for so long, to come back to."""


def serve_app(host: str, port: int, regions: tuple[str, ...], quiet: bool) -> None:
    """Serve the app until stopped.

    Raises:
        InputError: a region that is neither a preset nor a region folder.
    """
    started = time.perf_counter()
    # Thousands of modules and tables that stay for good: looking through them for rubbish costs a sixth of the time.
    # It is switched on again once the first run is made.
    gc.disable()
    from runs import app_offers

    offered = app_offers.offer(regions)
    for name in offered.given:
        offered.open(name)
    # Read when Solara is imported: it hands out the assets installed with it, and nobody is told that it runs.
    os.environ.update(
        SOLARA_ASSETS_PROXY="True", SOLARA_ASSETS_CDN=NOWHERE, SOLARA_TELEMETRY_MIXPANEL_ENABLE="False", SOLARA_KERNEL_CULL_TIMEOUT=IDLE,
        SOLARA_THEME_LOADER="plain", SOLARA_THEME_SHOW_BANNER="False", SOLARA_THEME_TITLE="gpdrift", SOLARA_MODE="production",
    )  # fmt: skip
    import uvicorn
    from solara.server import app, settings, starlette
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    settings.telemetry.mixpanel_enable = False
    from runs.app_opening import OPENING

    app.apps["__default__"] = app.AppScript("runs.app_opening")
    if host in LOOPBACK:
        # Packing megabytes of scripts takes longer than handing them to a browser on the same computer.
        others = [each for each in starlette.app.user_middleware if each.cls is not starlette.GZipMiddleware]
        # Only pages asked for by these names: another site's name that points here is refused.
        ours = Middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1"], www_redirect=False)
        starlette.app.user_middleware = [ours, *others] if host != "::1" else others

    class Server(uvicorn.Server):
        """Says where it is once it answers."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            """Begin to listen."""
            await super().startup(sockets)
            if self.started:
                OPENING.begin()  # while the browser is opened and loads the page
            if not quiet and self.started:
                shown = "localhost" if host in LOOPBACK else host
                seconds = time.perf_counter() - started
                click.echo(f"gpdrift is at http://{shown}:{port} (ready in {seconds:.1f} s). Stop with Ctrl-C.")
                if host not in LOOPBACK:
                    click.echo("Anybody who can reach this computer can run the model on it.")

    Server(uvicorn.Config(starlette.app, host=host, port=port, log_level="warning", ws_max_size=2**20)).run()
