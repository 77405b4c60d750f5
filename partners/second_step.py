"""The second step of a staff sign-in: a code of the app or of the paper, or setting the app up where it is required."""

from flask import Blueprint, Response, request, url_for

from app import clock, csrf, rates
from app.access import PUBLIC
from app.db import session, transaction
from app.forms import FormState, parse
from app.pages import page, personal
from partners import arrival, codes, entrance, second_factor
from partners.forms import Code
from partners.models import Staff
from partners.second_factor import CodeRefused, SecondFactor
from partners.steps import CODE, ENROLMENT, MOST_TRIES, SignInStep, StepOver

FROM_ONE_PLACE = 30
FOR_ONE_PERSON, IN_MINUTES = 10, 15

blueprint = Blueprint("second_step", __name__)

policies = {
    f"second_step.{name}": PUBLIC for name in ("code", "send_code", "enrolment", "picture", "send_enrolment")
}


@blueprint.get("/staff/sign-in/code")
def code() -> Response:
    SignInStep.standing(arrival.step_token(), CODE)
    return _code_page(FormState(None))


@blueprint.post("/staff/sign-in/code")
def send_code() -> Response:
    form, step = parse(Code, request.form), _tried(CODE)
    if form.value is None:
        return _code_page(form, 422)
    try:
        with transaction():
            at = clock.now()
            by = second_factor.take(step.staff_id, form.value.code, at)
            principal = entrance.finish(step.id, by, arrival.device(), at)
            arrival.stand_in_market_of(principal)
    except CodeRefused as refused:
        _note_failure(step)
        return _code_page(form.with_error("code", refused.text), refused.status)
    csrf.rotate()
    return arrival.CARRIER.let_go(arrival.arrive(principal, step.next_path))


@blueprint.get("/staff/sign-in/second-factor")
def enrolment() -> Response:
    step = SignInStep.standing(arrival.step_token(), ENROLMENT)
    return _enrolment_page(_begun(step), FormState(None))


@blueprint.get("/staff/sign-in/second-factor.svg")
def picture() -> Response:
    step = SignInStep.standing(arrival.step_token(), ENROLMENT)
    return codes.picture(_begun(step), session().get_one(Staff, step.staff_id).email)


@blueprint.post("/staff/sign-in/second-factor")
def send_enrolment() -> Response:
    form, step = parse(Code, request.form), _tried(ENROLMENT)
    factor = _begun(step)
    if form.value is None:
        return _enrolment_page(factor, form, 422)
    try:
        with transaction():
            at = clock.now()
            recovery = codes.confirm(step.staff_id, form.value.code, at)
            principal = entrance.finish(step.id, "enrolment", arrival.device(), at)
            arrival.stand_in_market_of(principal)
    except CodeRefused as refused:
        _note_failure(step)
        return _enrolment_page(factor, form.with_error("code", refused.text), refused.status)
    csrf.rotate()
    onward = request.script_root + (step.next_path or entrance.desk_of(principal))
    return arrival.CARRIER.let_go(codes.paper(recovery, onward))


def _tried(purpose: str) -> SignInStep:
    """Raises TooManyRequests, StepOver."""
    token = arrival.step_token()
    rates.limit("second-step-from", request.remote_addr or "", per_minute=FROM_ONE_PLACE)
    step = SignInStep.standing(token, purpose)
    rates.limit("second-step", str(step.staff_id), per_minute=FOR_ONE_PERSON, minutes=IN_MINUTES)
    with transaction():
        return SignInStep.count_try(token, purpose)


def _begun(step: SignInStep) -> SecondFactor:
    """Raises StepOver when it was set up elsewhere meanwhile."""
    factor = SecondFactor.begun_by(step.staff_id, clock.now())
    if factor is None:
        raise StepOver()
    return factor


def _note_failure(step: SignInStep) -> None:
    with transaction():
        entrance.fail("tries" if step.tries >= MOST_TRIES else "code", step.staff_id, clock.now())


def _code_page(form: FormState[Code], status: int = 200) -> Response:
    return personal(page("partners/code.html", status=status, form=form))


def _enrolment_page(factor: SecondFactor, form: FormState[Code], status: int = 200) -> Response:
    return personal(
        page(
            "partners/enrolment.html",
            status=status,
            form=form,
            secret=factor.secret_in_fours,
            picture_url=url_for(".picture"),
            send_url=url_for(".send_enrolment"),
            is_required=True,
        )
    )


@blueprint.errorhandler(StepOver)
def step_over(refusal: StepOver) -> Response:
    return page("partners/step_over.html", status=refusal.status, refusal=refusal)
