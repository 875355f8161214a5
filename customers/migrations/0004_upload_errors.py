"""Why nothing was imported, as code and data instead of a sentence in one language."""

from typing import Any

from django.db import migrations, models


def keep_sentences(apps: Any, _schema_editor: Any) -> None:
    """Sentences written before stay as they are."""
    for upload in apps.get_model("customers", "Upload").objects.exclude(error="").iterator():
        upload.errors = [{"code": "as_written", "data": {"sentence": upload.error}}]
        upload.save(update_fields=["errors"])


def restore_sentences(apps: Any, _schema_editor: Any) -> None:
    """Write the sentences back, in the language of the site."""
    from customers.imports.reasons import describe_file

    for upload in apps.get_model("customers", "Upload").objects.exclude(errors=[]).iterator():
        upload.error = "\n".join(describe_file(error["code"], error["data"]) for error in upload.errors)
        upload.save(update_fields=["error"])


class Migration(migrations.Migration):
    """``Upload.error`` becomes ``Upload.errors``."""

    dependencies = [("customers", "0003_order_given_back")]

    operations = [
        migrations.AddField(
            "upload", "errors", models.JSONField(blank=True, default=list, verbose_name="errors")
        ),
        migrations.RunPython(keep_sentences, restore_sentences),
        migrations.RemoveField("upload", "error"),
    ]
