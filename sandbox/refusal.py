from typing import Any

Object = dict[str, Any]

#: Refusals of the request itself: nothing ran, so an idempotency key is free again.
UNSTARTED = frozenset(
    {
        "parameter_unknown",
        "parameter_missing",
        "parameter_invalid_integer",
        "parameter_invalid_empty",
        "parameter_invalid",
        "resource_missing",
        "email_invalid",
        "url_invalid",
    }
)


class Refusal(Exception):
    """An error in Stripe's shape. ``commits``: the attempt and its events stay on record."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        commits: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.code = code
        self.param = param
        self.commits = commits
        self.more = more

    @property
    def keeps_key(self) -> bool:
        return self.status != 401 and self.code not in UNSTARTED

    def body(self) -> Object:
        error: Object = {"type": self.kind, "message": self.message, **self.more}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": error}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> Refusal:
    return Refusal(400, "invalid_request_error", message, code=code, param=param)


def unknown_parameter(param: str) -> Refusal:
    return invalid(f"Received unknown parameter: {param}", param=param, code="parameter_unknown")


def missing_parameter(param: str) -> Refusal:
    return invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")


def bad_parameter(param: str, message: str, code: str = "parameter_invalid") -> Refusal:
    return invalid(message, param=param, code=code)


def no_such(kind: str, key: str, param: str, *, status: int = 404) -> Refusal:
    noun = {"checkout.session": "checkout.session", "payment_method": "PaymentMethod"}.get(kind, kind)
    return Refusal(
        status,
        "invalid_request_error",
        f"No such {noun}: '{key}'",
        code="resource_missing",
        param=param,
    )
