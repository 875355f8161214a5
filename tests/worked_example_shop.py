"""The customers of `reference/worked_example.md`, as files that a marketer would have, through the import."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from customers.imports.pipeline import import_file
from customers.models import Upload
from metrics import pipeline, publishing
from metrics.models import CalculationSettings, Run
from tests.builders import make_shop

AS_OF = date(2025, 12, 31)
SETTINGS = {
    "default_margin": Decimal("0.4"),
    "interest": Decimal(0),
    "inflation": Decimal(0),
    "referral_share": Decimal("0.1"),
}

#: Numerators and denominators over 12 months, as the reference gives them.
KPIS_OF_THE_YEAR = {
    # key: shop 2024-12, shop 2025-12, ads, organic, anonymous (None: the example gives none)
    "revenue": ("480", "550", "530", "-10", "30"),
    "orders": ("5", "5", "4", "0", "1"),
    "customers": ("3", "3", "3", "0", None),
    "new_customers": ("3", "1", "1", "0", None),
    "aov": ("480/5", "560/5", "530/4", "0/0", "30/1"),
    "frequency": ("5/3", "4/3", "4/3", "0/0", None),
    "gross_margin": ("252/480", "334/560", "316/530", "0/0", "18/30"),
    "retention_rate": ("n.a.", "2/3", "2/2", "0/1", None),
    "churn_rate": ("n.a.", "1/3", "0/2", "1/1", None),
    "repeat_rate": ("0/0", "2/3", "1/2", "1/1", None),
    "acquisition_rate": ("3/0", "1/3", "1/2", "0/1", None),
    "acquisition_cost": ("484", "125", "125", "0", None),
    "full_cac": ("484/3", "125/1", None, None, None),
    "paid_cac": (None, None, "125/1", "0/0", None),
    "ltv_cac": ("n.a.", "219/484", "147/362", "72/122", None),
    "nps": ("0/1", "0/2", "0/2", "0/0", None),
    "csat": ("0/0", "1.4167/2", "1.4167/2", "0/0", None),
}

FILES = {
    "customers": """\
klantnummer;naam;acquisitiekanaal;campagne;land
A;Anna;ads;spring;NL
B;Bram;ads;;NL
C;Carla;;;BE
D;Daan;organic;;BE
E;Eva;ads;;NL
""",
    "orders": """\
ordernummer;klantnummer;besteldatum;omzet excl btw;inkoopwaarde;transactiekosten;verkoopkanaal;status
O1;A;2024-01-10;100;40;5;ads;
O2;A;2024-06-15;200;80;6;ads;
O3;A;2025-03-20 10:00;250;100;5;ads;
O4;A;2025-03-20 16:00;50;20;3;ads;
O5;B;2024-01-31T23:30:00Z;80;;4;ads;
O6;B;2025-02-10;120;50;4;ads;
O7;C;2024-11-29;60;;4;organic;
O8;C;2024-12-31 23:30;90;36;4;organic;
O9;D;2025-05-05;70;30;5;organic;
O10;E;2025-11-28;110;44;5;ads;
O11;E;2025-12-05;40;16;3;ads;cancelled
O12;;2025-11-30;30;12;2;;
""",
    "order_lines": """\
ordernummer;product;aantal;bedrag;inkoopprijs per stuk
O7;beker;2;60;12
""",
    "refunds": """\
creditnota;datum;bedrag;ordernummer;klantnummer
R1;2024-07-05;50;O2;
R2;2025-06-02;70;O9;
R3;2025-01-20;10;;C
R4;2026-01-05;20;O10;
""",
    "acquisition_costs": """\
id;kanaal;campagne;van;tot en met;bedrag
K1;ads;;2024-01-15;2024-02-13;300
K2;ads;spring;2024-03-01;2024-03-31;62
K3;organic;;2024-11-01;2024-12-31;122
K4;ads;;2025-11-17;2026-01-15;120
K5;ads;xmas;2025-11-24;2025-11-30;35
""",
    "retention_costs": """\
id;klantnummer;programma;van;tot en met;bedrag
P1;A;;2025-03-01;2025-03-31;12
P2;;;2025-02-01;2025-02-28;100
P3;;;2023-06-01;2023-06-30;60
P4;;club;2025-12-01;2025-12-31;31
""",
    "programme_memberships": """\
klantnummer;programma;lid sinds
A;club;2025-01-01
E;club;2025-11-28
""",
    "survey_answers": """\
klantnummer;datum;schaal;score
A;2025-04-01;NPS;9
A;2025-12-10;NPS;6
B;2025-02-12;NPS;10
C;2024-12-20;NPS;8
E;2025-12-01;CSAT 1-5;4
B;2025-02-12;CSAT 1-10;7
""",
    "referrals": """\
aanbrenger;aangebrachte klant
A;E
""",
}


def import_worked_example(folder: Path, **settings: object) -> None:
    """Set the shop as the example has it, and put its files through the real import."""
    make_shop(data_complete_from="2024-01-01", history_complete=True)
    CalculationSettings.objects.create(**{**SETTINGS, **settings})
    for kind, text in FILES.items():
        file = folder / f"{kind}.csv"
        file.write_text(text)
        upload = import_file(file, kind=kind)
        assert upload.state == Upload.State.DONE, upload.error
        assert upload.counts["rejected"] == 0, list(upload.rejects.values())


def calculate(as_of: date | None = AS_OF) -> Run:
    """Calculate and publish, here and now."""
    return pipeline.recalculate(pipeline.start_run("test", as_of).pk)


@contextmanager
def kept_for_the_module(
    blocker: Any,
    folder: Path,
    load: Callable[[Path], None] = import_worked_example,
    as_of: date = AS_OF,
) -> Iterator[Run]:
    """Import (``load``) and calculate once for many tests that only read; afterwards nothing is left.

    ``blocker`` is pytest-django's. The tests carry the mark ``django_db``: without one pytest-django makes no
    test database, and what is committed and flushed here would be the developer's own.
    """
    with blocker.unblock():
        name = connection.settings_dict["NAME"]
        assert name.startswith("test_"), f"{name} is no test database: mark the tests with django_db"
        try:
            load(folder)
            yield calculate(as_of)
        finally:
            for run_id in Run.objects.filter(state=Run.State.PUBLISHED).values_list("pk", flat=True):
                with connection.cursor() as cursor:
                    cursor.execute(f"DROP TABLE IF EXISTS {publishing.name_partition(run_id)}")
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
            call_command("flush", interactive=False, verbosity=0)
