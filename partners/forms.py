"""What is typed at the staff entrance."""

from typing import Annotated

from pydantic import Field

from app.forms import Email, Form


class SignIn(Form):
    email: Email
    password: Annotated[str, Field(min_length=1, max_length=200)]
    next: Annotated[str, Field(max_length=400)] | None = None
