"""What bulk imports paid for and nothing needs: second indexes of ids.

Django adds an index for LIKE to every unique text; ids are collated by byte, so their own index serves it.
"""

from django.db import migrations

LIKE_INDEXES = {
    "customers_order_external_id_9dac2276_like": "customers_order",
    "customers_customer_external_id_b1779fc4_like": "customers_customer",
    "customers_refund_external_id_f347648c_like": "customers_refund",
}


class Migration(migrations.Migration):
    """Drop them."""

    dependencies = [("customers", "0005_upload_file_deleted")]

    operations = [
        *(
            migrations.RunSQL(
                f"DROP INDEX IF EXISTS {name}",
                f"CREATE INDEX {name} ON {table} (external_id text_pattern_ops)",
            )
            for name, table in LIKE_INDEXES.items()
        ),
    ]
