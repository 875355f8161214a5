"""When an uploaded file was deleted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0004_upload_errors"),
    ]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="file_deleted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="file deleted"),
        ),
    ]
