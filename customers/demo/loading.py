"""Taking the demo into the database, the way any shop's files go in: through the import."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from django.db import transaction

from customers import permissions
from customers.demo.plan import Plan
from customers.demo.shop import FILES, GeneratedShop
from customers.models import Shop, Upload

Say = Callable[[str], None]

#: Username, role and password of the people in the demo. The passwords are public: they exist here only.
PEOPLE = (
    ("marketeer", permissions.MARKETER, "tulpen-uit-lisse"),
    ("manager", permissions.MANAGER, "fietsen-naar-delft"),
    ("beheerder", permissions.ADMIN, "kaasmarkt-in-gouda"),
)


class AnotherShopError(Exception):
    """The database holds a shop other than the one to be loaded."""


class FileNotImportedError(Exception):
    """The import did not take a file of the demo."""


def load_shop(plan: Plan, shop: GeneratedShop, *, say: Say) -> int:
    """Import the files in order and return how many records were new or changed: 0 when loaded before.

    Raises AnotherShopError when the database holds anything but this very shop, and FileNotImportedError
    when the import did not take a file whole.
    """
    from customers.imports import pipeline  # here, so that --files-only needs no part of the import

    refuse_another_shop(shop)
    set_history(plan)
    written = 0
    for kind in FILES:
        if not shop.rows[kind]:
            continue  # a very small shop has no refunds or referrals, and an empty file is refused
        upload = pipeline.import_file(shop.path(kind), kind=kind)
        counts = upload.counts
        if upload.state != Upload.State.DONE or counts.get("rejected"):
            raise FileNotImportedError(
                f"{FILES[kind]} was not imported whole: {upload.get_state_display()}, "
                f"{counts.get('rejected', 0)} records rejected. {upload.error}".strip()
            )
        written += counts["new"] + counts["changed"]
        say(
            f"{FILES[kind]}: {counts['read']:,} records, {counts['new']:,} new, {counts['changed']:,} changed"
        )
    return written


def refuse_another_shop(shop: GeneratedShop) -> None:
    """Raise AnotherShopError unless nothing was imported yet, or the customers of this very shop were."""
    imported = Upload.objects.filter(state=Upload.State.DONE)
    if imported.exists() and not imported.filter(sha256=_fingerprint(shop.path("customers"))).exists():
        raise AnotherShopError("The database holds another shop already, with which the demo must not mix.")


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def set_history(plan: Plan) -> None:
    """Say from which day the history is complete: the first day, as customers existed before it."""
    shop = Shop.load()
    if shop.data_complete_from is None:
        shop.data_complete_from = plan.first_day
        shop.history_complete = plan.complete
        shop.save(update_fields=["data_complete_from", "history_complete"])


@transaction.atomic
def add_people() -> list[str]:
    """Make the demo's people where they are missing; return a line with the sign-in of each."""
    user_model: type[User] = get_user_model()
    lines: list[str] = []
    for username, role, password in PEOPLE:
        user, created = user_model.objects.get_or_create(username=username)
        if created:
            user.set_password(password)
            user.save(update_fields=["password"])
            user.groups.add(Group.objects.get(name=role))
        known = password if user.check_password(password) else "(changed since)"
        lines.append(f"  {username:<10} {known:<20} {role}")
    return lines
