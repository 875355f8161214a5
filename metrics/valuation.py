"""From what is known of each customer to what it is worth: the formulas, compiled to SQL.

Every number here is numeric from end to end, so that a value can be explained to its last digit: rows equal
what ``metrics.core.formulas.evaluate`` gives for the stored inputs.
"""

from collections.abc import Iterator
from decimal import Decimal

from metrics.basis import Basis
from metrics.core import calendar
from metrics.core.formulas import METHODS, PERIODIC_COSTS, Method, periodic, quotient_sql, to_sql
from metrics.core.segments import SCHEMES
from metrics.models import CalculationSettings, Run
from metrics.potential_columns import list_potential_columns

OWN_MARGIN_ORDERS = 3
MOST_MARGIN = 10**8  # a customer who returned nearly everything has revenue that says nothing any more
RANKED = (*(method.value for method in CalculationSettings.Method), "at_risk", "gap")
UNKNOWN = -(2**62)  # in whole numbers: below every amount, so that not available comes last
_COST_SWITCHES = {
    "acquisition_cost": "periodic_acquisition",
    "cost_of_goods": "periodic_goods",
    "transaction_cost": "periodic_transaction",
    "retention_cost": "periodic_retention",
}


def list_methods(settings: CalculationSettings) -> dict[str, Method]:
    """Return the methods that value a customer, by column, as these settings have them."""
    costs = frozenset(name for name in PERIODIC_COSTS if getattr(settings, _COST_SWITCHES[name]))
    names = ("contribution", "realised", "lifetime", "loyalty", "value_density")
    return {**{name: METHODS[name] for name in names}, "periodic": periodic(costs)}


def list_ages(basis: Basis) -> Iterator[tuple[int, Decimal, Decimal]]:
    """Yield every age in days that a customer can have: in years, and in periods so far."""
    for age in range((basis.as_of - basis.first_day).days + 1):
        yield age, calendar.count_years(age), calendar.count_periods(age, basis.period)


def value_customers_sql(run: Run, masks: list[str]) -> str:
    """Return the query that values every customer, one row each, ranks not yet known."""
    return f"""
        SELECT known.*, {_compile_scored(run, "lifetime")}, {_compile_scored(run, "periodic")},
            {_compile_scored(run, "loyalty")}, {_compile_scored(run, "value_density")}
        FROM (
            SELECT gained.*, {_compile(run, "realised", "gained")} AS realised,
                {_margin_sql()} AS margin
            FROM (
                SELECT spent.*, {_compile(run, "contribution", "spent")} AS contribution
                FROM ({_gather_sql(masks)}) AS spent
            ) AS gained
        ) AS known
    """


def _gather_sql(masks: list[str]) -> str:
    same_months = " AND ".join(f"everyone.{mask} = customer.{mask}" for mask in masks)
    buyers = "customer.orders > 0"
    scored = "NOT customer.objects_to_profiling AND customer.orders > 0"
    return f"""
        SELECT customer.customer_id, customer.external_id, customer.channel, customer.country,
            customer.first_category, customer.objects_to_profiling, customer.orders, customer.occasions,
            customer.first_order, customer.last_order, customer.new_month, customer.recency, customer.age,
            customer.revenue, customer.goods AS cost_of_goods, customer.transaction_cost,
            customer.window_revenue, customer.window_orders,
            coalesce(acquisition.cost, 0) + coalesce(remainder.acquisition, 0) AS acquisition_cost,
            coalesce(everyone.cost, 0) + coalesce(programmes.cost, 0) + coalesce(own.cost, 0)
                + coalesce(remainder.retention, 0) AS retention_cost,
            customer.window_transaction + coalesce(everyone.window_cost, 0)
                + coalesce(programmes.window_cost, 0) + coalesce(own.window_cost, 0)
                + coalesce(remainder.window_retention, 0) AS window_cost_to_serve,
            CASE WHEN {scored} THEN peers.peer_group_id END AS peer_group_id,
            peers.peer_margin, peers.repeat_rate, peers.future_years, peers.future_periods,
            ages.years, ages.periods
        FROM calculation_customers AS customer
        LEFT JOIN calculation_ages AS ages ON ages.age = customer.age
        LEFT JOIN calculation_acquisition_shares AS acquisition
            ON acquisition.channel = customer.channel AND acquisition.campaign = customer.campaign
            AND acquisition.month = customer.new_month
        LEFT JOIN calculation_everyones_shares AS everyone ON {buyers} AND {same_months}
        LEFT JOIN calculation_programme_costs AS programmes ON programmes.customer_id = customer.customer_id
        LEFT JOIN calculation_own_costs AS own ON own.customer_id = customer.customer_id
        LEFT JOIN calculation_remainders AS remainder ON remainder.external_id = customer.external_id
        LEFT JOIN calculation_peers AS peers
            ON peers.channel = customer.channel AND peers.category = customer.first_category
    """


def _margin_sql() -> str:
    """Own from three valid orders with known cost on, else the peers'; nobody's without a valid order."""
    own = quotient_sql("gained.contribution", "gained.revenue")
    return f"CASE WHEN {_owns_margin('gained')} THEN {own} WHEN gained.orders > 0 THEN gained.peer_margin END"


def _owns_margin(row: str) -> str:
    is_told = f"{row}.contribution IS NOT NULL AND {row}.revenue > 0"
    is_rate = f"abs({row}.contribution) <= {MOST_MARGIN} * {row}.revenue"
    return f"({row}.orders >= {OWN_MARGIN_ORDERS} AND {is_told} AND {is_rate})"


def _compile(run: Run, name: str, row: str) -> str:
    method = list_methods(run.settings)[name]
    return to_sql(method.expression, {key: f"{row}.{key}" for key in method.needs})


def _compile_scored(run: Run, name: str) -> str:
    """A score: nothing for who objected to profiling."""
    formula = _compile(run, name, "known")
    return f"CASE WHEN NOT known.objects_to_profiling THEN {formula} END AS {name}"


def list_value_columns() -> list[str]:
    """Return the columns of a stored value that ``value_customers_sql`` fills, as they are named there."""
    return [
        "customer_id", "peer_group_id", "external_id", "channel", "country", "first_category",
        "objects_to_profiling", "orders", "occasions", "first_order", "last_order", "recency", "age",
        "revenue", "cost_of_goods", "transaction_cost", "acquisition_cost", "retention_cost", "contribution",
        "window_revenue", "window_orders", "window_cost_to_serve", "realised", "periodic", "lifetime",
        "loyalty", "value_density",
    ]  # fmt: skip


def list_forecast_columns(run: Run) -> dict[str, str]:
    """Return the columns of a stored value that come from other steps, as SQL over ``FORECASTS_SQL``."""
    # A product of few digits is exact, and several times as fast as the quotient rounded to its places.
    millionths, amounts = "numeric * 0.000001", "numeric * 0.0001"
    kinds = {
        "p_active": millionths, "purchases_12": millionths, "repeat_revenue": amounts,
        "predicted_12": amounts, "predicted_12_low": amounts, "predicted_12_high": amounts,
        "predicted_24": amounts, "predicted_24_low": amounts, "predicted_24_high": amounts,
        "predicted_36": amounts, "predicted_36_low": amounts, "predicted_36_high": amounts,
        "at_risk": amounts,
    }  # fmt: skip
    found = {name: f"{_read_whole(name)}::{kind}" for name, kind in kinds.items()}
    found["predicted_12_variance"] = f"{_read_whole('variance_12')}::float8 / 10000"
    found["total_variance"] = f"{_read_whole('variance_total')}::float8 / 10000"
    for name in ("next_order_from", "next_order_to"):
        found[name] = f"date '1970-01-01' + {_read_whole(name)}::integer"
    found["overdue_days"] = f"{_read_whole('overdue_days')}::integer"
    found |= list_potential_columns(UNKNOWN)
    found["referral_value"] = _value_referrals_sql(run.settings.referral_share)
    found |= {name: f"coalesce(placed.{name}, '')" for name in SCHEMES}
    found["total"] = f"valued.realised + {found[f'predicted_{run.settings.prediction_months}']}"
    return found


def _value_referrals_sql(share: Decimal | None) -> str:
    """A share of what referred customers realised, nothing for who brought in nobody; n.a. while not set."""
    if share is None:
        return "NULL::numeric"
    known = "NOT valued.objects_to_profiling AND coalesce(referred.unknown, 0) = 0"
    return f"CASE WHEN {known} THEN round(coalesce(referred.realised, 0) * {share:f}, 4) END"


def _read_whole(name: str) -> str:
    return f"nullif(foretold.{name}, {UNKNOWN})"


#: Where ``list_forecast_columns`` come from.
FORECASTS_SQL = """calculation_values AS valued
        LEFT JOIN calculation_foretold AS foretold ON foretold.customer_id = valued.customer_id
        LEFT JOIN calculation_market_figures AS figures ON figures.figure = foretold.figure
        LEFT JOIN calculation_referred AS referred ON referred.customer_id = valued.customer_id
        LEFT JOIN calculation_segments AS placed ON placed.customer_id = valued.customer_id"""


def list_row(run: Run) -> dict[str, str]:
    """Return the columns of a run's rows as SQL over ``ROWS_SQL``: what was valued, with its ranks."""
    scored = "NOT valued.objects_to_profiling"
    return {
        **{name: f"valued.{name}" for name in list_value_columns()},
        **{f"rank_{name}": f"ranked.rank_{name}" for name in RANKED},
        **list_forecast_columns(run),
        "margin": f"CASE WHEN {scored} THEN valued.margin END",
        "margin_own": f"{scored} AND {_owns_margin('valued')}",
    }


#: Where ``list_row`` comes from.
ROWS_SQL = f"""{FORECASTS_SQL}
        LEFT JOIN calculation_ranks AS ranked ON ranked.customer_id = valued.customer_id"""
