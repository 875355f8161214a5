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
    LabelParser,
    MomentParser,
    Parser,
    PresenceParser,
    TextParser,
    WordParser,
)
from customers.imports.fact_columns import (
    AttributeParser,
    ChoiceParser,
    FigureParser,
    PeriodParser,
    ScaleParser,
    ScoreParser,
    SegmentParser,
)
from customers.imports.kinds import Column, Kind
from customers.imports.mapping import ColumnPlan, Plan
from customers.imports.transforms import NetPairParser, NetParser
from customers.models import Shop


def make_parsers(plan: Plan, kind: Kind, shop: Shop) -> list[Parser | None]:
    """Return the parser of each column of the plan, None for the ignored ones."""
    return [
        _with_vat(_make(kind.columns[column.target], column, shop, plan.is_typed), column, plan, shop)
        if column.target in kind.columns
        else None
        for column in plan.columns
    ]


def _with_vat(parser: Parser, column: ColumnPlan, plan: Plan, shop: Shop) -> Parser:
    """Return the parser of an amount that holds VAT, to be taken off; any other as it is."""
    if column.vat is None or not column.vat.is_complete or not isinstance(parser, AmountParser):
        return parser
    if column.vat.column is None:
        return NetParser(parser, column.vat.rate)
    vat = AmountParser(plan.columns[column.vat.column].decimal, shop.currency, typed=plan.is_typed)
    return NetPairParser(parser, vat, column.vat.says)


def make_parser(column: Column, plan: ColumnPlan, shop: Shop) -> Parser:
    """Return the parser for one mapped column of texts. Raises KeyError for a type that nothing reads."""
    return _make(column, plan, shop, typed=False)


def _make(column: Column, plan: ColumnPlan, shop: Shop, typed: bool) -> Parser:
    required = column.filled
    amount = {"required": required, "typed": typed}
    makers = {
        "text": lambda: TextParser(required=required),
        "label": lambda: LabelParser(required=required),
        "id": lambda: IdParser(required=required),
        "email": lambda: EmailParser(required=required),
        "amount": lambda: AmountParser(plan.decimal, shop.currency, **amount),
        "quantity": lambda: AmountParser(plan.decimal, shop.currency, **amount),
        "cost": lambda: CostParser(plan.decimal, shop.currency, **amount),
        "date": lambda: DateParser(plan.dates, required=required),
        "moment": lambda: MomentParser(plan.dates, required=required),
        "status": lambda: WordParser({**STATUS_WORDS, **plan.words}, "unknown_status", required=required),
        "cancelled": lambda: PresenceParser("cancelled"),
        "currency": lambda: CurrencyParser(shop.currency),
        "segment": lambda: SegmentParser(required=required),
        "attribute": lambda: AttributeParser(required=required),
        "scale": lambda: ScaleParser(required=required),
        "score": lambda: ScoreParser(required=required),
        "choice": lambda: ChoiceParser(column.words or dict, required=required),
        "period": lambda: PeriodParser(required=required),
        "figure": lambda: FigureParser(plan.decimal, shop.currency, **amount),
        "everyone": lambda: WordParser(EVERYONE_WORDS, "not_everyone"),
        "flag": lambda: FlagParser(FLAG_WORDS, "not_yes_no", required=required),
    }
    return makers[column.type]()
