"""The gpdrift command: its groups, and what becomes of errors.

Bad input is one line on standard error and exit code 2; Ctrl-C is 130. Only bugs show a traceback. Commands import
what they need when they run, so that help answers at once.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from model.errors import InputError
from runs.bench_command import bench
from runs.compare_command import compare
from runs.experiment_command import experiment
from runs.later import SELDOM_NEEDED, load_later
from runs.region_commands import region
from runs.run_command import run
from runs.scenarios_command import scenarios
from runs.serve_command import serve
from runs.stopping import INTERRUPTED, STOPPED, TERMINATED, listen, told_apart

BAD_INPUT = 2
LONGEST = 1200
"""Letters of a refusal."""

FROM_ANALYSIS = {
    "calibrate": "analysis.calibrate_command",
    "plot": "analysis.plot_command",
    "report": "analysis.report_command",
    "sensitivity": "analysis.sensitivity_command",
    "uncertainty": "analysis.uncertainty.command",
    "validate": "analysis.validation.command",
}
"""Commands that analysis adds: named here and loaded when asked for, so that nothing in runs depends on analysis."""

_ELSEWHERE = "choose another place with --out"
_REMEDIES = {
    errno.EACCES: _ELSEWHERE,
    errno.EPERM: _ELSEWHERE,
    errno.EROFS: _ELSEWHERE,
    errno.ENOSPC: _ELSEWHERE,
    errno.EDQUOT: _ELSEWHERE,
    errno.EFBIG: _ELSEWHERE,
    errno.EIO: _ELSEWHERE,
    errno.ENOENT: "gone meanwhile; make its folder again, or choose another place with --out",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "the links lead in a circle; name the file itself",
    errno.ENOTDIR: "a part of this path is a file; name a folder",
    errno.EISDIR: "a file is needed here and this is a folder; remove it or name another",
}
"""What to do about what the operating system refuses: the user's own files and disks, not faults of the model."""


class Commands(click.Group):
    """The commands of runs, and those of analysis by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return sorted([*super().list_commands(ctx), *FROM_ANALYSIS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, loaded when asked for."""
        if cmd_name in FROM_ANALYSIS:
            command: click.Command = getattr(import_module(FROM_ANALYSIS[cmd_name]), cmd_name)
            return command
        return super().get_command(ctx, cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="gpdrift")
def gpdrift() -> None:
    """Simulate competition for GP registrations in England, and what it does to place."""


gpdrift.add_command(run)
gpdrift.add_command(scenarios)
gpdrift.add_command(bench)
gpdrift.add_command(compare)
gpdrift.add_command(experiment)
gpdrift.add_command(region)
gpdrift.add_command(serve)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    listen()
    load_later(*SELDOM_NEEDED)
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    """Run a command and return its exit code: mistakes of people and of the disk are one line, bugs keep their traceback."""
    try:
        with told_apart():
            gpdrift.main(arguments, prog_name="gpdrift", standalone_mode=False)
        sys.stdout.flush()
    except InputError as mistake:
        return _refuse(str(mistake))
    except click.exceptions.NoArgsIsHelpError as nothing_asked:
        click.echo(nothing_asked.format_message())
        return BAD_INPUT
    except click.UsageError as mistake:
        asked = mistake.ctx.command_path if mistake.ctx else "gpdrift"
        return _refuse(f"{mistake.format_message()} ({asked} --help shows what it takes)")
    except click.ClickException as mistake:
        return _refuse(mistake.format_message())
    except (click.Abort, KeyboardInterrupt):
        click.echo(STOPPED, err=True)
        return INTERRUPTED
    except SystemExit as ended:
        if ended.code == TERMINATED:
            click.echo(STOPPED, err=True)
        raise
    except BrokenPipeError:
        # The reader of a pipe has seen enough; point stdout elsewhere so that closing it stays silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as failure:
        what = _of_the_system(failure)
        if what is None or what.errno not in _REMEDIES:
            raise
        return _refuse(f"{what.filename or 'disk'}: {what.strerror}; {_REMEDIES[what.errno]}")
    return 0


def _of_the_system(failure: Exception) -> OSError | None:
    """What the operating system said, also where DuckDB, which writes tables, passes it on; None = something else."""
    if isinstance(failure, OSError):
        return failure
    duckdb = sys.modules.get("duckdb")
    if duckdb is None or not isinstance(failure, duckdb.Error):
        return None
    told = str(failure)
    numbers = [int(number) for number in re.findall(r'"errno"\s*:\s*"?(\d+)', told)]
    # Of a file that cannot be opened DuckDB gives the words alone.
    number = next(iter(numbers or [known for known in _REMEDIES if os.strerror(known) in told]), None)
    if number is None:
        return None
    file = re.search(r'file \\?"(.+?)\\?"', told)
    return OSError(number, os.strerror(number), file[1] if file else None)


def _refuse(message: str) -> int:
    line = " ".join(message.split())
    if len(line) > LONGEST:  # what was typed is repeated in it, however long that is
        line = f"{line[: LONGEST * 3 // 4]} ... {line[-LONGEST // 4 :]}"
    click.echo(f"gpdrift: {line}", err=True)
    return BAD_INPUT


if __name__ == "__main__":
    main()
