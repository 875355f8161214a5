"""Persons whose data was erased: a log without their data, and what they are recognised by."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import customers.models.fields


class Migration(migrations.Migration):
    """Two new tables."""

    dependencies = [
        ("customers", "0011_before_images_without_second_checks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    customers.models.fields.ExternalIdField(
                        db_collation="C", unique=True, verbose_name="anonymous number"
                    ),
                ),
                ("customer", models.BigIntegerField(blank=True, null=True)),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="asked")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
                ("counts", models.JSONField(blank=True, default=dict, verbose_name="erased")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
            ],
            options={
                "verbose_name": "erasure",
                "verbose_name_plural": "erasures",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ErasedKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                (
                    "number",
                    customers.models.fields.ExternalIdField(
                        db_collation="C", verbose_name="anonymous number"
                    ),
                ),
                (
                    "erasure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="customers.erasure",
                    ),
                ),
            ],
            options={
                "verbose_name": "erased key",
                "verbose_name_plural": "erased keys",
            },
        ),
    ]
