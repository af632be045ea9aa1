"""The one exception that means the user's input, not the program, is wrong."""


class InputError(Exception):
    """Bad input, told in one line: file, row, column or key, what was found, what was expected, the remedy.

    The command line prints it and exits with code 2; nothing has been written when it is raised.
    """


class EventError(InputError):
    """An event of the timeline that does not fit the region of the run; it does not say where the event is written."""
