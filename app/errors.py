"""Refusals: an expected "no" is an answer. A verb raises it; `app.factory` renders it once, as page, fragment or JSON."""

from collections.abc import Mapping
from typing import Any

from app.i18n import N_, translate


class Refusal(Exception):
    """Subclasses are named as sentences (VehicleAlreadyHeld) and say in the customer's words what is so and what to do.

    `says` is a message id; keyword arguments fill its %(placeholders)s. `status` is the HTTP status, `field` the
    input concerned if there is one, `remedy_url` with `remedy_label` the way out offered.
    """

    status: int = 409
    says: str = N_("That is not possible at the moment.")
    field: str | None = None
    remedy_label: str | None = None

    def __init__(self, *, remedy_url: str | None = None, field: str | None = None, **params: Any) -> None:
        super().__init__(type(self).__name__)
        self.params: Mapping[str, Any] = params
        self.remedy_url = remedy_url
        if field is not None:
            self.field = field

    @property
    def code(self) -> str:
        return type(self).__name__

    @property
    def text(self) -> str:
        return translate(self.says, **self.params)

    @property
    def remedy_text(self) -> str | None:
        return translate(self.remedy_label) if self.remedy_label else None


class NotFound(Refusal):
    status = 404
    says = N_("There is nothing at this address. It may have been sold, moved or typed differently.")


class NotYours(NotFound):
    """Somebody on the staff asked for what another place has: written down, and answered as if it were not there.

    `like` is the refusal that a wrong address gets. `subject` names what was asked for by an id, never by a person.
    """

    def __init__(self, like: type[NotFound] = NotFound, subject: str | None = None) -> None:
        super().__init__()
        self.like, self.says, self.subject = like, like.says, subject

    @property
    def code(self) -> str:
        return self.like.__name__


class Forbidden(Refusal):
    status = 403
    says = N_("This page is not open to you.")


class SignInNeeded(Refusal):
    status = 401
    says = N_("Sign in to see this page.")


class AccountNeeded(SignInNeeded):
    says = N_("Sign in to see your account.")


class FormExpired(Refusal):
    status = 403
    says = N_("This form is no longer fresh. Reload the page and send it again; nothing was changed.")


class TooLarge(Refusal):
    status = 413
    says = N_("That is more than this form takes. Shorten it and send it again.")


class Busy(Refusal):
    status = 503
    says = N_("We are busy at the moment. Nothing was changed; try again in a few seconds.")


class LinkNotValid(Refusal):
    status = 404
    says = N_("This link is not valid any more. Ask for a new one and we will send it.")


class TooManyRequests(Refusal):
    status = 429
    says = N_("That was too often. Try again in %(seconds)s seconds.")

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds=seconds)
        self.seconds = seconds


class InvalidInput(Refusal):
    """What was sent does not fit. `errors` maps a field to the sentence that says what to do."""

    status = 422
    says = N_("Some of this needs another look.")

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__()
        self.errors = dict(errors)

    @property
    def text(self) -> str:
        return " ".join(dict.fromkeys(self.errors.values())) or super().text
