"""What the pages of a second factor share: the picture for the app, its first code, and the paper with the others."""

import io
import uuid
from datetime import datetime

import segno
from flask import Response, make_response

from app.events import Actor
from app.pages import page, personal
from partners.second_factor import CodeRefused, SecondFactor


def picture(factor: SecondFactor, email: str) -> Response:
    """The QR code as an image that nothing keeps."""
    drawn = io.BytesIO()
    segno.make(factor.address(email), error="m").save(
        drawn, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False
    )
    response = make_response(drawn.getvalue())
    response.headers["Content-Type"] = "image/svg+xml"
    return personal(response)


def confirm(staff_id: uuid.UUID, code: str, at: datetime) -> list[str]:
    """Takes the first code of the one that was begun, and gives the recovery codes. Raises CodeRefused."""
    factor = SecondFactor.begun_by(staff_id, at, lock=True)
    if factor is None:
        raise CodeRefused()
    return factor.confirm("".join(code.split()), Actor("staff", str(staff_id)), at)


def paper(recovery: list[str], onward: str) -> Response:
    """The recovery codes: shown now and never again."""
    return personal(page("partners/recovery_codes.html", codes=recovery, onward=onward))
