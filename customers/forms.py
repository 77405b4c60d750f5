"""What is sent from the consents page."""

from typing import Literal

from app.forms import Form, PublicId


class TakeBack(Form):
    purpose: Literal["answer_me", "share_with_recipient", "marketing"]
    recipient: PublicId | None = None
