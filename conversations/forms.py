"""What is sent from the ask pages and the agent's console."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.forms import ClientKey, Email, Form, LongText, PersonName, PhoneNumber, PublicId, Ticked, many_lines

Family = Literal[
    "vehicle_new",
    "vehicle_used",
    "charging",
    "credits",
    "subscription",
    "feature",
    "partner_product",
    "none",
]
Page = Annotated[str, Field(max_length=300)]
