"""Say that customers are one person, or that they are not; and take that back."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.imports.merge import try_lock
from customers.models import Customer, JoinedCustomer, PersonDecision
from customers.persons.joining import join, separate
from customers.quality.schedule import request_measurement
from customers.signals import facts_changed

#: More customers than this share an address of a firm or a marketplace, not one of a person.
MOST_JOINED = 20


class DecisionRefused(Exception):  # noqa: N818
    """The decision cannot be taken as asked; the message says why."""


@transaction.atomic
def accept(email: str, numbers: Sequence[str], kept: str, user: User | None) -> PersonDecision:
    """Let the customers with these numbers go on as ``kept``.

    Who was joined with one of them before comes along. Raises DecisionRefused.
    """
    _take_turn()
    earlier = list(_in_force(numbers))
    everyone = sorted({*numbers, *(number for decision in earlier for number in decision.numbers)})
    if len(everyone) < 2 or kept not in everyone:
        raise DecisionRefused(_("Choose at least two customers, and as which of them the person goes on."))
    if len(everyone) > MOST_JOINED:
        message = _(
            "At most %(most)s customers can be one person: this looks like an address that is shared."
        )
        raise DecisionRefused(message % {"most": MOST_JOINED})
    separate([decision.pk for decision in earlier])
    _withdraw(earlier, user)
    if Customer.objects.filter(external_id__in=everyone).count() < len(everyone):
        raise DecisionRefused(_("These customers have changed meanwhile. Look at the suggestion again."))
    decision = PersonDecision.objects.create(
        verdict=PersonDecision.Verdict.SAME, email=email, numbers=everyone, kept=kept, user=user
    )
    JoinedCustomer.objects.bulk_create(
        JoinedCustomer(decision=decision, number=number) for number in everyone if number != kept
    )
    join([decision.pk])
    facts_changed.send(sender=PersonDecision, reason=f"joined with customer {kept}", user=user)
    return decision


@transaction.atomic
def decline(email: str, numbers: Sequence[str], user: User | None) -> PersonDecision:
    """Note that these customers are different people: the suggestion is not made again for the same ones."""
    return PersonDecision.objects.create(
        verdict=PersonDecision.Verdict.DIFFERENT, email=email, numbers=sorted(numbers), user=user
    )


@transaction.atomic
def withdraw(decision: PersonDecision, user: User | None) -> None:
    """Take a decision back: who was joined by it stands apart again. Raises DecisionRefused."""
    _take_turn()
    in_force = PersonDecision.objects.select_for_update().filter(pk=decision.pk, withdrawn_at=None)
    if not in_force:
        raise DecisionRefused(_("This was taken back already."))
    if decision.verdict == PersonDecision.Verdict.SAME:
        separate([decision.pk])
        facts_changed.send(sender=PersonDecision, reason=f"parted from customer {decision.kept}", user=user)
    _withdraw([decision], user)
    request_measurement()


def _take_turn() -> None:
    """Wait for nobody: an import that writes can take minutes. Raises DecisionRefused."""
    if not try_lock():
        raise DecisionRefused(_("An import is being written at this moment. Try again when it is done."))


def _in_force(numbers: Sequence[str]) -> list[PersonDecision]:
    """Return the decisions by which any of these customers is joined with others."""
    wanted = set(numbers)
    same = PersonDecision.objects.filter(verdict=PersonDecision.Verdict.SAME, withdrawn_at=None)
    by_member = same.filter(joined__number__in=wanted) | same.filter(kept__in=wanted)
    return list(by_member.distinct().order_by("pk"))


def _withdraw(decisions: Sequence[PersonDecision], user: User | None) -> None:
    PersonDecision.objects.filter(pk__in=[decision.pk for decision in decisions]).update(
        withdrawn_at=timezone.now(), withdrawn_by=user
    )
