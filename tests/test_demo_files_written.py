"""The command that writes the demo shop: the same seed, the same bytes; what it refuses."""

import pytest
from django.core.management import CommandError, call_command

from customers.demo.plan import Plan
from customers.demo.shop import FILES, generate_shop
from tests.test_demo_shop import read_rows


def test_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        generate_shop(Plan(customers=300, seed=7), tmp_path / name)
    for name in FILES.values():
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_another_seed_gives_another_shop(tmp_path):
    for seed in (1, 2):
        (tmp_path / str(seed)).mkdir()
        generate_shop(Plan(customers=300, seed=seed), tmp_path / str(seed))
    for kind in ("customers", "orders", "order_lines", "refunds"):
        assert (tmp_path / "1" / FILES[kind]).read_bytes() != (tmp_path / "2" / FILES[kind]).read_bytes()


def test_command_writes_only_files_when_asked(tmp_path):
    call_command("load_demo", customers=50, files_only=True, folder=tmp_path / "demo")
    assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == sorted(FILES.values())
    assert len(read_rows(tmp_path / "demo", "customers")) == 50


def test_command_asks_where_files_should_go():
    with pytest.raises(CommandError, match="--files-only needs --folder"):
        call_command("load_demo", files_only=True)


def test_command_refuses_a_shop_without_customers(tmp_path):
    with pytest.raises(CommandError, match="customers must be at least 1, got 0"):
        call_command("load_demo", customers=0, files_only=True, folder=tmp_path)


@pytest.mark.parametrize("customers", [1, 2, 13])
def test_smallest_shops_can_be_made(tmp_path, customers):
    generated = generate_shop(Plan(customers=customers), tmp_path)
    assert generated.rows["customers"] == customers
