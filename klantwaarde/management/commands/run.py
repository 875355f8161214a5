import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from klantwaarde import embedded_postgres, launch
from klantwaarde.supervisor import Child, Supervisor


class Command(BaseCommand):
    """``manage.py run``: what ``make run`` starts once everything is installed."""

    help = (
        "Prepare the database, then run web server and worker together until Ctrl-C. PORT chooses the port."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with launch.only_one(embedded_postgres.data_directory()) as note:
                port = launch.choose_port(os.environ.get("PORT", ""), say=self.say)
                sign_in = launch.prepare(say=self.say)
                address = f"http://localhost:{port}/"
                note(address)
                self._supervise(port, address, sign_in)
        except launch.CannotRunError as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            self.say("Stopped before everything had started.")
            sys.exit(130)

    def say(self, text: str) -> None:
        """Tell the user at once, also when the output is a file."""
        self.stdout.write(text)
        self.stdout.flush()

    def _supervise(self, port: int, address: str, sign_in: str) -> None:
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        web = Child("web server", launch.web_command(port))
        worker = Child("worker", [*manage, "worker", "--quiet"])
        supervisor = Supervisor([web, worker], heal=launch.heal_database)

        def announce() -> None:
            if launch.wait_until_it_answers(port, supervisor):
                self.say(f"\nKlantwaarde runs at {address}\n{sign_in}\nCtrl-C stops everything.\n")

        supervisor.run(when_started=announce)
        self.say("Stopped.")
