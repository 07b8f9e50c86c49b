"""Writes the OpenAPI document from the route list."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from telephony.web.api.routes import PREFIX, Route

_REF = "#/components/schemas/{model}"


class Problem(BaseModel):
    """A refusal (RFC 9457); `what_to_do` tells the way out."""

    type: str
    title: str
    status: int
    detail: str
    what_to_do: str


def document(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """Give the OpenAPI 3.1 document of these routes."""
    models = {model for route in routes for model in (route.takes, route.gives) if model} | {Problem}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "serialization") for model in ordered], ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ringside", "version": version},
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "ringside"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": (route.handler.__doc__ or "").strip(),
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": {str(route.status): _success(route), "default": _problem()},
        "security": [] if route.public else [{"session": []}],
    }
    if route.takes:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(route.takes)}}}
    return operation


def _success(route: Route) -> dict[str, Any]:
    if route.status == 204:
        return {"description": "Done."}
    schema = _ref(route.gives) if route.gives else {"type": "string", "format": "binary"}
    return {"description": "The answer.", "content": {route.media: {"schema": schema}}}


def _problem() -> dict[str, Any]:
    return {"description": "A refusal.", "content": {"application/problem+json": {"schema": _ref(Problem)}}}


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", route.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    properties = route.query.model_json_schema()["properties"]
    return [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in properties.items()]


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}
