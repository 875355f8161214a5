"""What every before-image paid for and nothing needs: a check of its upload, and an index of that alone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Drop both; the index of upload, table and row stays."""

    dependencies = [("customers", "0010_uploads_looked_at_by_the_worker")]

    operations = [
        migrations.AlterField(
            model_name="beforeimage",
            name="upload",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="before_images",
                to="customers.upload",
            ),
        ),
    ]
