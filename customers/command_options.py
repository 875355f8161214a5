"""What commands of every storey read from the command line."""

from argparse import ArgumentTypeError
from datetime import date


def read_day(text: str) -> date:
    """Read an ISO day; argparse shows what was expected."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day such as 2025-12-31") from None
