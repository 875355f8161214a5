"""The web application for gunicorn or another WSGI server: ``gunicorn klantwaarde.wsgi``."""

import os

from django.core.wsgi import get_wsgi_application

from klantwaarde import embedded_postgres

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "klantwaarde.settings")
embedded_postgres.ensure()
application = get_wsgi_application()
