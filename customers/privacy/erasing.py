"""Erase a person: the customer goes on as an anonymous number, so that totals stay whole. Never undone.

What goes: number, name, e-mail address, town, further columns, comments of answers, reasons of refunds,
descriptions of costs (a short digest tells them apart), decisions about who is one person, and every copy.
What stays: what was bought and when, country and acquisition channel, all without a name.
The anonymous customer is as one who objects to profiling: in totals, in no list and no score.
"""

from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from customers.imports import queue
from customers.imports.facts import run
from customers.imports.merge import lock
from customers.models import Customer, ErasedKey, Erasure, JoinedCustomer, PersonDecision, RetentionCost
from customers.persons.joining import separate
from customers.privacy import traces
from customers.privacy.digests import digest, short_digest
from customers.signals import facts_changed

_PREFIX: Final = "erased-"
#: What ``counts`` holds of the person until the work is done: the row may be gone by then.
_PERSON: Final = "person"
_KNOWN: Final = ("external_id", "email", "name")


@transaction.atomic
def ask(customer: Customer, user: User | None) -> Erasure:
    """Note that a person is to be erased, and leave it to the worker. Asked twice, it is the same erasure."""
    waiting = Erasure.objects.filter(customer=customer.pk, done_at=None).first()
    if waiting:
        return waiting
    erasure = Erasure.objects.create(number=f"{_PREFIX}?{customer.pk}", customer=customer.pk, user=user)
    erasure.number = f"{_PREFIX}{erasure.pk}"
    erasure.counts = {_PERSON: {name: getattr(customer, name) for name in _KNOWN}}
    erasure.save(update_fields=["number", "counts"])
    queue.defer_erasure(erasure.pk)
    return erasure


def is_erased(customer: Customer) -> bool:
    """Tell whether this is the anonymous row of somebody who was erased."""
    return ErasedKey.objects.filter(number=customer.external_id).exists()


def erase(erasure_id: int) -> Erasure:
    """Do what was asked; one that is done is left alone. Facts in one transaction, then the raw files."""
    with transaction.atomic():
        lock()
        erasure = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure_id)
        if erasure.done_at or erasure.customer is None:
            return erasure
        people = _find_people(erasure, _find_customer(erasure, erasure.customer))
        counts: dict[str, Any] = {"customers": len(people)}
        for number, customer in people.items():
            for name, count in _erase_facts(erasure, customer, number).items():
                counts[name] = counts.get(name, 0) + count
        found = [_describe(customer) for customer in people.values()]
        erasure.counts = counts
        erasure.save(update_fields=["counts"])
        facts_changed.send(sender=Erasure, reason=f"erase {erasure.number}", user=erasure.user)
        for person in found:
            deleted, left = traces.delete_files(person)
            counts["files"] = counts.get("files", 0) + deleted
            counts[traces.LEFT] = sorted({*counts.get(traces.LEFT, []), *left})
        counts["files_left"] = len(counts[traces.LEFT])
        erasure.customer, erasure.done_at = None, timezone.now()
        erasure.save(update_fields=["counts", "customer", "done_at"])
    return erasure


def _find_customer(erasure: Erasure, row: int) -> Customer:
    """Return the customer who is to be erased; where the row is gone, what was known when it was asked.

    It is gone once the import that created it is undone, or while the customer goes on as another.
    """
    joined = JoinedCustomer.objects.filter(image__id=row).values_list("decision", flat=True)
    separate(list(joined))
    person = erasure.counts.get(_PERSON, {})
    found = Customer.objects.filter(pk=row).first()
    if found is None and person:
        found = Customer.objects.filter(external_id=person["external_id"]).first()  # imported again
    return found or Customer(pk=row, **person)


def _find_people(erasure: Erasure, customer: Customer) -> dict[str, Customer]:
    """Return the rows of the person by the number each gets; those joined as one person stand apart again."""
    decisions = PersonDecision.objects.filter(numbers__contains=[customer.external_id])
    same = decisions.filter(verdict=PersonDecision.Verdict.SAME, withdrawn_at=None)
    numbers = {customer.external_id, *(number for decision in same for number in decision.numbers)}
    separate([decision.pk for decision in same])
    decisions.delete()
    if customer.email:
        PersonDecision.objects.filter(email__iexact=customer.email).delete()
    rows = Customer.objects.filter(external_id__in=numbers).order_by("pk")
    first = [row for row in rows if row.pk == customer.pk]
    others = [row for row in rows if row.pk != customer.pk]
    names = [erasure.number, *(f"{erasure.number}-{place}" for place in range(2, len(others) + 2))]
    return dict(zip(names, [*(first or [customer]), *others], strict=True))


def _describe(customer: Customer) -> traces.Person:
    full_name = customer.name if " " in customer.name.strip() else ""  # “Anna” alone is many people
    words = {text.strip().casefold() for text in (customer.email, full_name) if text}
    return traces.Person(customer.pk, frozenset({customer.external_id} - {""}), frozenset(words))


def _erase_facts(erasure: Erasure, customer: Customer, number: str) -> dict[str, int]:
    """Erase one row of a customer and what hangs on it; ``customer`` still says who that was."""
    person = _describe(customer)
    for key in {customer.external_id, customer.email} - {""}:
        ErasedKey.objects.update_or_create(
            digest=digest(key), defaults={"erasure": erasure, "number": number}
        )
    counts = {
        "images": traces.clear_images(person),
        "rejects": traces.clear_rejects(person),
        "findings": traces.clear_findings(person, number),
        "texts": _erase_texts(customer, number),
    }
    Customer.objects.filter(pk=customer.pk).update(
        external_id=number, email="", name="", city="", attributes={}, objects_to_profiling=True
    )
    return counts


def _erase_texts(customer: Customer, number: str) -> int:
    """Erase what the person, or somebody about him, wrote; keys made of his number get the new one."""
    values: dict[str, Any] = {"customer": customer.pk, "old": customer.external_id, "new": number}
    answers = run(
        """
        UPDATE customers_surveyanswer SET comment = '', external_id =
            CASE WHEN starts_with(external_id, %(old)s || '|')
                 THEN %(new)s || substr(external_id, length(%(old)s) + 1) ELSE external_id END
        WHERE customer_id = %(customer)s
        """,
        values,
    )
    costs = 0
    for cost in RetentionCost.objects.filter(customer=customer):
        key, told = cost.external_id, short_digest(cost.description)
        if key.startswith(f"{customer.external_id}|"):
            key = number + key[len(customer.external_id) :].replace(f"|{cost.description}|", f"|{told}|", 1)
        RetentionCost.objects.filter(pk=cost.pk).update(description=told, external_id=key)
        costs += 1
    refunds = run(
        """
        UPDATE customers_refund r SET reason = '' WHERE r.reason <> '' AND (r.customer_id = %(customer)s
            OR EXISTS (SELECT FROM customers_order o
                       WHERE o.id = r.order_id AND o.customer_id = %(customer)s))
        """,
        values,
    )
    return answers + costs + refunds
