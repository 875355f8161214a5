"""What a stored value says of room to grow, from the workspace's table ``foretold``.

That table holds whole numbers: amounts in 1/10,000, places in ``SOURCES`` and ``QUARTERS``.
"""

from collections.abc import Sequence
from typing import Final

from metrics.models import CustomerValue

Source = CustomerValue.PotentialSource
#: The estimates in the order in which they win a tie: what is known before what is compared.
SOURCES: Final = (Source.TODAY, Source.PREDICTED, Source.PEERS, Source.ASSORTMENT, Source.MARKET)
QUARTERS: Final = tuple(CustomerValue.Quarter)


def list_potential_columns(unknown: int) -> dict[str, str]:
    """Return the columns as SQL; ``figures`` are the market figures, ``valued`` the customer's row.

    A potential in revenue is the one in contribution ÷ margin. Where the source speaks of revenue itself,
    that is taken: the market's amount, the year's revenue.
    """

    def amount(name: str) -> str:
        return f"nullif(foretold.{name}, {unknown})::numeric * 0.0001"

    source = _name("source", SOURCES)
    return {
        "year_contribution": amount("year"),
        "potential": amount("potential"),
        "gap": amount("gap"),
        "potential_revenue": f"""CASE WHEN foretold.potential = {unknown} THEN NULL
            WHEN foretold.source = {SOURCES.index(Source.MARKET)} THEN figures.amount
            WHEN foretold.source = {SOURCES.index(Source.TODAY)} THEN foretold.year_revenue::numeric * 0.0001
            WHEN valued.margin > 0 THEN round(foretold.potential::numeric / 10000 / valued.margin, 4) END""",
        "potential_source": f"CASE WHEN foretold.potential > {unknown} THEN {source} ELSE '' END",
        "quarter": f"coalesce({_name('quarter', QUARTERS)}, '')",
    }


def _name(column: str, names: Sequence[str]) -> str:
    cases = " ".join(f"WHEN {place} THEN '{name}'" for place, name in enumerate(names))
    return f"CASE foretold.{column} {cases} END"
