"""Forms about people: add one, change one, give a password, choose one's own."""

from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers import permissions
from klantwaarde.people import roles
from klantwaarde.people.passwords import give_one_time_password, make_password_text

ROLE_CHOICES = [(role, roles.LABELS[role]) for role in permissions.ROLES]


class PersonForm(forms.ModelForm):
    """What the two forms about a person share: name, e-mail address and role."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES)

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email"]
        labels = {
            "username": _("User name"),
            "first_name": _("First name"),
            "last_name": _("Last name"),
            "email": _("E-mail address"),
        }
        help_texts = {"username": _("To sign in with: letters, digits and @ . + - _ only.")}

    def clean_username(self) -> str:
        """Refuse a name that differs from another only in capitals."""
        username = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("There is already a user named “%(name)s”."), params={"name": username})
        return username


class AddPersonForm(PersonForm):
    """A new person with a role and a one-time password, typed or made."""

    password = forms.CharField(
        label=_("One-time password"),
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Leave it empty to have one made. It must be replaced at the first sign-in."),
    )

    field_order = ["username", "first_name", "last_name", "email", "role", "password"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("role", permissions.MARKETER)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # fills the instance, whose names a password must not resemble
        check_password_field(self, self.instance)

    def save(self, commit: bool = True) -> User:
        """Make the person; ``password_text`` then holds the one-time password, to be shown once."""
        person = super().save(commit=False)
        person.set_unusable_password()
        person.save()
        roles.give_role(person, self.cleaned_data["role"])
        self.password_text = self.cleaned_data["password"] or make_password_text()
        give_one_time_password(person, self.password_text)
        return person


class EditPersonForm(PersonForm):
    """Name, role and whether someone may sign in. ``editor`` is the admin at work."""

    class Meta(PersonForm.Meta):
        fields = [*PersonForm.Meta.fields, "is_active"]
        labels = {**PersonForm.Meta.labels, "is_active": _("May sign in")}
        help_texts = {
            **PersonForm.Meta.help_texts,
            "is_active": _("Without it nobody can sign in under this name; what was done under it stays."),
        }

    field_order = ["username", "first_name", "last_name", "email", "role", "is_active"]

    def __init__(self, *args: Any, editor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.editor = editor
        self.initial["role"] = roles.role_of(self.instance)

    def clean(self) -> dict[str, Any]:
        """Keep at least one admin: nobody gives up their own administration, nor takes the last one's."""
        cleaned = super().clean() or self.cleaned_data
        stays_admin = cleaned.get("role") == permissions.ADMIN and cleaned.get("is_active")
        if stays_admin or "role" not in cleaned:
            return cleaned
        if self.instance == self.editor:
            raise ValidationError(
                _("You cannot give up your own administrator role or block yourself. Ask another one.")
            )
        if not roles.active_admins().exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("This is the last administrator. Make someone else administrator first."))
        return cleaned

    def save(self, commit: bool = True) -> User:
        """Save the person and the role."""
        person = super().save()
        roles.give_role(person, self.cleaned_data["role"])
        return person


class OneTimePasswordForm(forms.Form):
    """A new one-time password for ``person``, typed or made."""

    password = AddPersonForm.base_fields["password"]

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean(self) -> dict[str, Any]:
        """Hold the password against the rules for passwords."""
        cleaned = super().clean() or self.cleaned_data
        check_password_field(self, self.person)
        return cleaned

    def save(self) -> str:
        """Give the password and return it, to be shown once."""
        password = self.cleaned_data["password"] or make_password_text()
        give_one_time_password(self.person, password)
        return password


class OwnPasswordForm(PasswordChangeForm):
    """Choose one's own password: another one than now."""

    def clean(self) -> dict[str, Any]:
        """Refuse the password that is to be replaced."""
        cleaned = super().clean() or self.cleaned_data
        old, new = cleaned.get("old_password"), cleaned.get("new_password1")
        if old and old == new:
            self.add_error("new_password1", _("This is the password you have now. Choose another one."))
        return cleaned


def check_password_field(form: forms.BaseForm, person: User) -> None:
    """Put on the field ``password`` whatever the rules for passwords have against it; empty is fine."""
    password = form.cleaned_data.get("password")
    if not password:
        return
    try:
        validate_password(password, person)
    except ValidationError as error:
        form.add_error("password", error)
