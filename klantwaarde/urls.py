"""The whole site on one screen."""

from django.contrib.auth import views as auth
from django.urls import path
from django.views.i18n import set_language

urlpatterns = [
    path("sign-in/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("sign-out/", auth.LogoutView.as_view(), name="logout"),
    path("language/", set_language, name="set_language"),
]
