"""What customers say and do for the shop beside buying, and what the market spends."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.kinds.names import CURRENCY, CUSTOMER, DAY, EMAIL, OWN_ID
from customers.imports.kinds.register import make_column, make_kind

SURVEY_ANSWERS: Final = make_kind(
    "survey_answers",
    _("survey answers"),
    make_column(
        "external_id", _("answer number"), "id",
        f"antwoordnummer|antwoord id|answer number|answer id|response id|submission id|id|nummer|{OWN_ID}",
    ),
    make_column("customer", _("customer number"), "id", CUSTOMER),
    make_column("email", _("e-mail address"), "email", EMAIL),
    make_column(
        "moment", _("answered on"), "moment",
        "antwoorddatum|beantwoord op|ingevuld op|answered on|answered at|response date|submitted at|"
        f"submitted on|submit date|{DAY}|moment",
        required=True,
    ),
    make_column("scale", _("scale"), "scale", "schaal|scale|meting|soort vraag|vraagtype"),
    make_column(
        "score", _("score"), "score",
        "score|cijfer|waardering|beoordeling|rapportcijfer|rating|answer|antwoord|mark",
    ),
    make_column("nps", _("NPS score"), "score", "nps|nps score|net promoter score|aanbevelingsscore"),
    make_column(
        "comment", _("comment"), "text", "toelichting|opmerking|opmerkingen|reactie|comment|comments|feedback"
    ),
    one_of=(("customer", "email"), ("score", "nps"), ("scale", "nps")),
    after=("customers", "orders", "order_lines"),
)  # fmt: skip

REFERRALS: Final = make_kind(
    "referrals",
    _("referrals"),
    make_column(
        "referrer", _("referred by"), "id",
        "aanbrenger|aangebracht door|aanbevolen door|geworven door|doorverwezen door|verwijzer|referrer|"
        "referrer id|referred by|recommended by",
        required=True,
    ),
    make_column(
        "referred", _("referred customer"), "id",
        "aangebracht|aangebrachte klant|geworven klant|nieuwe klant|vriend|referred|referred customer|"
        f"referred id|referee|friend|new customer|{CUSTOMER}",
        required=True,
    ),
    make_column("day", _("day"), "date", f"aangebracht op|geworven op|referred on|{DAY}"),
    after=("customers", "orders", "order_lines"),
)  # fmt: skip

MARKET_FIGURES: Final = make_kind(
    "market_figures",
    _("market figures"),
    make_column(
        "attribute", _("attribute"), "attribute", "kenmerk|eigenschap|attribuut|attribute|dimensie|dimension",
        required=True,
    ),
    make_column("value", _("value"), "label", "waarde|value|groep|group", required=True),
    make_column(
        "amount", _("amount per customer per year"), "cost",
        "bedrag per klant per jaar|besteding per klant per jaar|besteding per jaar|jaarbesteding|besteding|"
        "amount per customer per year|spend per customer per year|spend per customer|yearly spend|bedrag|"
        "amount",
        required=True,
    ),
    make_column(
        "customers", _("number of customers"), "quantity",
        "aantal klanten|aantal|marktomvang|number of customers|customers in the market|market size|number",
    ),
    make_column("source", _("source"), "text", "bron|source|herkomst", required=True),
    make_column("currency", _("currency"), "currency", CURRENCY),
    after=("customers",),
)  # fmt: skip
