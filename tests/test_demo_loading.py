"""The demo's people, and the care not to mix the demo with a real shop."""

import hashlib
from datetime import date

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password

from customers.demo.loading import (
    PEOPLE,
    AnotherShopError,
    add_people,
    load_shop,
    refuse_another_shop,
    set_history,
)
from customers.demo.plan import Plan
from customers.demo.shop import generate_shop
from customers.models import Customer, MarketFigure, ProgrammeMembership, Referral, Shop, SurveyAnswer
from tests.builders import make_upload


@pytest.mark.django_db
def test_people_have_one_role_each_and_the_password_that_is_printed():
    lines = add_people()
    roles = {user.username: [group.name for group in user.groups.all()] for user in User.objects.all()}
    assert roles == {"marketeer": ["marketer"], "manager": ["manager"], "beheerder": ["admin"]}
    for (username, _role, password), line in zip(PEOPLE, lines, strict=True):
        assert User.objects.get(username=username).check_password(password)
        assert line.split()[:2] == [username, password]


@pytest.mark.django_db
def test_password_that_was_changed_stays_and_is_not_printed():
    add_people()
    manager = User.objects.get(username="manager")
    manager.set_password("iets-heel-anders")
    manager.save()
    line = next(line for line in add_people() if "manager" in line)
    manager.refresh_from_db()
    assert manager.check_password("iets-heel-anders")
    assert "(changed since)" in line
    assert User.objects.count() == 3


@pytest.mark.parametrize(("username", "password"), [(username, password) for username, _, password in PEOPLE])
def test_passwords_pass_the_validators_of_the_site(username, password):
    validate_password(password, User(username=username))


@pytest.mark.django_db
def test_database_with_another_shop_is_refused(tmp_path):
    shop = generate_shop(Plan(customers=20), tmp_path)
    make_upload(state="done", sha256="0" * 64)
    with pytest.raises(AnotherShopError, match="holds another shop already"):
        refuse_another_shop(shop)


@pytest.mark.django_db
def test_every_file_goes_in_whole_and_a_second_time_changes_nothing(tmp_path):
    plan = Plan(customers=250)
    shop = generate_shop(plan, tmp_path)
    assert load_shop(plan, shop, say=print) >= sum(shop.rows.values())
    found = {
        "survey_answers": SurveyAnswer.objects.count(),
        "referrals": Referral.objects.count(),
        "market_figures": MarketFigure.objects.count(),
        "programme_memberships": ProgrammeMembership.objects.count(),
    }
    assert found == {kind: shop.rows[kind] for kind in found}
    assert all(found.values())
    assert load_shop(plan, shop, say=print) == 0


@pytest.mark.django_db
def test_the_smallest_shop_goes_in_without_its_empty_files(tmp_path):
    plan = Plan(customers=1)
    shop = generate_shop(plan, tmp_path)
    assert 0 in shop.rows.values()
    load_shop(plan, shop, say=print)
    assert Customer.objects.count() == 1


@pytest.mark.django_db
def test_same_shop_is_not_refused(tmp_path):
    shop = generate_shop(Plan(customers=20), tmp_path)
    make_upload(state="done", sha256=hashlib.sha256(shop.path("customers").read_bytes()).hexdigest())
    refuse_another_shop(shop)


@pytest.mark.django_db
def test_history_is_complete_from_the_first_day_unless_the_shop_said_otherwise():
    set_history(Plan())
    assert Shop.load().data_complete_from == date(2023, 9, 18)
    assert Shop.load().history_complete is False
    Shop.objects.update(data_complete_from=date(2024, 1, 1))
    set_history(Plan(complete=True))
    assert Shop.load().data_complete_from == date(2024, 1, 1)
