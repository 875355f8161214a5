"""``manage.py load_demo``: a Dutch web shop to look at, or a million customers to measure with."""

from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from customers.command_options import read_day
from customers.demo.loading import AnotherShopError, FileNotImportedError, add_people, load_shop
from customers.demo.plan import DEFAULT_END, Plan
from customers.demo.shop import FILES, generate_shop


class Command(BaseCommand):
    """Generate the demo shop's files, import them, add people to sign in with, calculate.

    Progress goes to standard error; standard output has the sign-in and nothing else.
    """

    help = "Generate a Dutch web shop and load it through the import; the same seed gives the same shop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        plan = Plan()
        parser.add_argument(
            "--customers", type=int, metavar="N", default=plan.customers, help="default %(default)s"
        )
        parser.add_argument("--seed", type=int, metavar="N", default=plan.seed, help="default %(default)s")
        parser.add_argument(
            "--end",
            type=read_day,
            metavar="YYYY-MM-DD",
            default=DEFAULT_END,
            help="last day; default %(default)s",
        )
        parser.add_argument(
            "--folder", type=Path, metavar="DIR", help="keep the files there (default: a temporary folder)"
        )
        parser.add_argument("--files-only", action="store_true", help="write the files, import nothing")
        parser.add_argument(
            "--season-free", action="store_true", help="every day equally busy, one set of parameters for all"
        )
        parser.add_argument(
            "--complete",
            action="store_true",
            help="complete history, no refund tied to an order: for testing models",
        )
        parser.add_argument(
            "--truth", type=Path, metavar="FILE",
            help="write the process's parameters there as JSON, each customer's own beside it as .npz",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; raises CommandError for options that do not fit and for a database with another shop."""
        folder: Path | None = options["folder"]
        if options["files_only"] and folder is None:
            raise CommandError("--files-only needs --folder: where should the files go?")
        plan = self._make_plan(options)
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        with nullcontext(folder) if folder else TemporaryDirectory(prefix="klantwaarde-demo-") as place:
            self._say(f"Generating {plan.customers:,} customers, {plan.first_day} to {plan.end} ...")
            shop = generate_shop(plan, Path(place), truth=options["truth"])
            for kind, rows in shop.rows.items():
                self._say(f"  {FILES[kind]}: {rows:,} rows")
            if options["files_only"]:
                return
            try:
                written = load_shop(plan, shop, say=lambda line: self._say(f"  {line}"))
            except (AnotherShopError, FileNotImportedError) as error:
                raise CommandError(str(error)) from error
        sign_in = add_people()
        if written:
            self._say("Calculating ...")
            call_command("recalculate", stdout=self.stderr)
        else:
            self._say("The demo shop was loaded before: nothing changed.")
        self.stdout.write("\n".join(["Sign in (these passwords are the demo's, and public) as:", *sign_in]))

    def _make_plan(self, options: dict[str, Any]) -> Plan:
        names = ("customers", "end", "seed", "season_free", "complete")
        try:
            return Plan(**{name: options[name] for name in names})
        except ValueError as error:
            raise CommandError(f"--customers: {error}") from error

    def _say(self, line: str) -> None:
        # Progress is no error: without the style it is not painted red.
        self.stderr.write(line, lambda text: text)
