"""Errors as problem details (RFC 9457): every refusal is JSON that says what was found and expected."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A refusal: HTTP status, a sentence for a person, and further members of the problem object.

    `answer_headers` go with the response.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        answer_headers: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401 - JSON values
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.answer_headers = answer_headers or {}
        self.more = more


def problem_response(status: int, detail: str, **more: Any) -> JSONResponse:  # noqa: ANN401 - JSON values
    """Return a problem document as a response."""
    title = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(jsonable_encoder(body), status_code=status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of the application a problem document."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, problem: Problem) -> JSONResponse:
        response = problem_response(problem.status, problem.detail, **problem.more)
        response.headers.update(problem.answer_headers)
        return response

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        response = problem_response(error.status_code, str(error.detail))
        for name, value in (error.headers or {}).items():
            response.headers[name] = value
        return response

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [_fault(fault) for fault in error.errors()]
        return problem_response(422, "; ".join(f"{e['at']}: {e['detail']}" for e in errors), errors=errors)

    @app.exception_handler(Exception)
    async def _fault_of_ours(request: Request, error: Exception) -> JSONResponse:
        return problem_response(500, "The service failed at this request; its log says more.")


def _fault(fault: dict[str, Any]) -> dict[str, str]:
    place: Sequence[Any] = fault.get("loc", ())
    return {
        "at": ".".join(str(part) for part in place if part != "body"),
        "detail": str(fault.get("msg", "")),
    }
