"""Which parser reads a column of a kind."""

from customers.imports.columns import (
    EVERYONE_WORDS,
    FLAG_WORDS,
    STATUS_WORDS,
    AmountParser,
    CostParser,
    CurrencyParser,
    DateParser,
    EmailParser,
    FlagParser,
    IdParser,
    MomentParser,
    Parser,
    PresenceParser,
    SegmentParser,
    TextParser,
    WordParser,
)
from customers.imports.kinds import Column
from customers.imports.mapping import ColumnPlan
from customers.models import Shop


def make_parser(column: Column, plan: ColumnPlan, shop: Shop) -> Parser:
    """Return the parser for one mapped column. Raises KeyError for a type that nothing reads."""
    required = column.filled
    makers = {
        "text": lambda: TextParser(required=required),
        "id": lambda: IdParser(required=required),
        "email": lambda: EmailParser(required=required),
        "amount": lambda: AmountParser(plan.decimal, shop.currency, required=required),
        "quantity": lambda: AmountParser(plan.decimal, shop.currency, required=required),
        "cost": lambda: CostParser(plan.decimal, shop.currency, required=required),
        "date": lambda: DateParser(plan.dates, required=required),
        "moment": lambda: MomentParser(plan.dates, required=required),
        "status": lambda: WordParser(STATUS_WORDS, "unknown_status", required=required),
        "cancelled": lambda: PresenceParser("cancelled"),
        "currency": lambda: CurrencyParser(shop.currency),
        "segment": lambda: SegmentParser(),
        "everyone": lambda: WordParser(EVERYONE_WORDS, "not_everyone"),
        "flag": lambda: FlagParser(FLAG_WORDS, "not_yes_no", required=required),
    }
    return makers[column.type]()
