"""The settings page as an admin fills it in: what it holds, saving it, and the history it shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client

from customers.signals import facts_changed


def read_form(client: Client) -> dict[str, str]:
    """Return the form as a browser would send it back untouched."""
    context = client.get("/settings/").context
    fields = [field for group in context["groups"] for field in group["fields"]]
    values = {field.html_name: field.value() for field in [*fields, context["version_field"]]}
    return {
        name: "on" if value is True else str(value)
        for name, value in values.items()
        if value not in (None, False, [])
    }


def save(client: Client, **changes: str) -> dict[str, list[str]]:
    """Change fields ("" empties one or unticks a box) and save; returns the errors, {} when saved."""
    data = {name: value for name, value in {**read_form(client), **changes}.items() if value}
    response = client.post("/settings/", data)
    if response.status_code == 302:
        return {}
    fields = [field for group in response.context["groups"] for field in group["fields"]]
    errors = {field.name: list(field.errors) for field in fields if field.errors}
    if response.context["form_errors"]:
        errors["page"] = list(response.context["form_errors"])
    return errors


@contextmanager
def heard() -> Iterator[list[dict[str, Any]]]:
    """Collect what ``facts_changed`` says."""
    signals: list[dict[str, Any]] = []

    def listen(sender: Any, **arguments: Any) -> None:
        signals.append({**arguments, "in_transaction": connection.in_atomic_block})

    facts_changed.connect(listen)
    try:
        yield signals
    finally:
        facts_changed.disconnect(listen)


def rows_of_history(client: Client) -> list[list[str]]:
    """Return who, setting, from, to of each row (version and moment left out)."""
    context = client.get("/settings/").context
    return [
        [str(row["version"].saved_by), row["setting"], row["before"], row["after"]]
        for row in context["history"]
    ]
