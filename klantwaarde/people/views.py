"""Users, for admins; and one's own password, for everyone."""

from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from customers.permissions import MANAGE_USERS, SignedInRequest, require
from klantwaarde.people import roles
from klantwaarde.people.forms import AddPersonForm, EditPersonForm, OneTimePasswordForm, OwnPasswordForm
from klantwaarde.people.passwords import MUST_CHANGE, replace_one_time_password

read_or_send = require_http_methods(["GET", "HEAD", "POST"])


@require(MANAGE_USERS)
def list_users(request: SignedInRequest) -> HttpResponse:
    """Everyone who has or had access, with role and last sign-in; who can sign in comes first."""
    people = User.objects.prefetch_related("groups").order_by("-is_active", "username")
    rows = [(person, roles.LABELS.get(roles.role_of(person), "")) for person in people]
    return render(request, "klantwaarde/users.html", {"rows": rows})


@require(MANAGE_USERS)
@read_or_send
@never_cache
@sensitive_post_parameters("password")
def add_user(request: SignedInRequest) -> HttpResponse:
    """Add a person; the answer shows the one-time password once and is kept nowhere."""
    form = AddPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            person = form.save()
        return _show_password(request, person, form.password_text)
    return render(request, "klantwaarde/user_add.html", {"form": form, "roles": _role_descriptions()})


@require(MANAGE_USERS)
@read_or_send
def edit_user(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change name, role or whether someone may sign in."""
    with transaction.atomic():
        roles.lock_roles()  # the rule "keep one admin" is checked and acted upon under one lock
        person = get_object_or_404(User, pk=pk)
        form = EditPersonForm(request.POST or None, instance=person, editor=request.user)
        if request.method == "POST" and form.is_valid():
            form.save()
            messages.success(request, _("%(name)s has been changed.") % {"name": person.get_username()})
            return redirect("users")
    person = User.objects.get(pk=pk)  # as stored: a refused form has already touched the other instance
    context = {"form": form, "person": person, "roles": _role_descriptions()}
    return render(request, "klantwaarde/user_edit.html", context)


@require(MANAGE_USERS)
@read_or_send
@never_cache
@sensitive_post_parameters("password")
def reset_password(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give someone a new one-time password, which ends their open sessions."""
    person = get_object_or_404(User, pk=pk)
    if person == request.user:
        return redirect("password_change")
    form = OneTimePasswordForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        return _show_password(request, person, form.save())
    return render(request, "klantwaarde/user_password.html", {"form": form, "person": person})


class OwnPasswordView(auth.PasswordChangeView):
    """Choose one's own password; obligatory after signing in with a one-time password."""

    form_class = OwnPasswordForm

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Add ``must_change``: whether the rest of the site waits for this."""
        return {**super().get_context_data(**kwargs), "must_change": MUST_CHANGE in self.request.session}

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Save the password and open the rest of the site."""
        response = super().form_valid(form)
        replace_one_time_password(self.request)
        return response


def _show_password(request: SignedInRequest, person: User, password: str) -> HttpResponse:
    return render(request, "klantwaarde/user_password_given.html", {"person": person, "password": password})


def _role_descriptions() -> list[tuple[object, object]]:
    return [(roles.LABELS[role], roles.DESCRIPTIONS[role]) for role in roles.LABELS]
