"""What all HTTP edges share: errors to statuses, and the two ways to say who asks."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from vivavoce.contracts.tokens import CheckClaims, JoinClaims, SessionClaims, TokenVerifier
from vivavoce.kernel import errors

SESSION_COOKIE = "vivavoce_session"
FAULTS_TOLD_MAX = 5  # of one request

STATUS: dict[type[errors.AppError], int] = {
    errors.Invalid: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.LimitExceeded: 429,
    errors.Unavailable: 503,
}


_FRAMEWORK_CODES = {400: "invalid", 404: "not_found", 405: "method_not_allowed"}
_FRAMEWORK_SENTENCES = {
    404: "There is nothing at this address. /api/docs lists what there is.",
    405: "This address does not take this method. /api/docs lists those it takes.",
}


class Problem(BaseModel):
    """Every error body: a stable code and a sentence for people."""

    code: str
    message: str


def status_of(error: errors.AppError) -> int:
    """The status of the error's nearest class in the table; 400 for one outside it."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def problem_response(error: errors.AppError) -> JSONResponse:
    return JSONResponse(
        Problem(code=error.code, message=error.message).model_dump(), status_code=status_of(error)
    )


_bearer = HTTPBearer(auto_error=False)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def join_claims(verifier: TokenVerifier, bearer: HTTPAuthorizationCredentials | None) -> JoinClaims:
    """The participant behind a join token.

    Raises:
        Unauthenticated: there is none, or it is not valid.
    """
    if bearer is None:
        message = "Join the interview first."
        raise errors.Unauthenticated(message)
    return verifier.verify(bearer.credentials, JoinClaims)


def check_claims(
    verifier: TokenVerifier, bearer: HTTPAuthorizationCredentials | None
) -> CheckClaims:
    """Raises ``Unauthenticated`` without a valid check token."""
    if bearer is None:
        message = "Begin the check from the page of the interview."
        raise errors.Unauthenticated(message)
    return verifier.verify(bearer.credentials, CheckClaims)


def session_claims(
    verifier: TokenVerifier, request: Request, bearer: HTTPAuthorizationCredentials | None
) -> SessionClaims:
    """The signed-in person behind the session cookie, or behind a session token as bearer (the CLI).

    Raises:
        Unauthenticated: there is none, or it is not valid.
    """
    token = bearer.credentials if bearer else request.cookies.get(SESSION_COOKIE)
    if not token:
        message = "Sign in first: open the sign-in link that the server printed when it started."
        raise errors.Unauthenticated(message)
    return verifier.verify(token, SessionClaims)


def handle_problems(app: FastAPI) -> None:
    """Answer expected failures and malformed requests of every route with a ``Problem``, and say so in its schema.

    Call before routes are added.
    """

    def failed(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, errors.AppError)
        return problem_response(error)

    def malformed(_request: Request, error: Exception) -> JSONResponse:
        """Names the fields and what is wrong, and never repeats their values: one may be a secret."""
        assert isinstance(error, RequestValidationError)
        faults = {f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()}
        told = "; ".join(sorted(faults)[:FAULTS_TOLD_MAX])
        return problem_response(errors.Invalid(f"The request is malformed: {told}."))

    def broken(_request: Request, _error: Exception) -> JSONResponse:
        """A bug of ours, which the server logs."""
        problem = Problem(code="internal", message="The server made a mistake. Try again.")
        return JSONResponse(problem.model_dump(), status_code=500)

    def refused(_request: Request, error: Exception) -> JSONResponse:
        """The framework's own refusals: no such route or method, a body that is no JSON."""
        assert isinstance(error, HTTPException)
        problem = Problem(
            code=_FRAMEWORK_CODES.get(error.status_code, errors.AppError.code),
            message=_FRAMEWORK_SENTENCES.get(error.status_code, str(error.detail)),
        )
        return JSONResponse(problem.model_dump(), error.status_code, headers=error.headers)

    app.router.responses["4XX"] = {"model": Problem, "description": "Refused, and why."}
    app.add_exception_handler(Exception, broken)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(errors.AppError, failed)
    app.add_exception_handler(RequestValidationError, malformed)
