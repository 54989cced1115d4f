"""OpenAPI 3.1 documents written from the types that the handlers decode and encode, so that they cannot drift apart."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from contracts.http import COMMON_REASONS, Problem, Reason

Method = Literal["get", "post", "put", "patch", "delete"]
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query or header parameter; path parameters are read from the path."""

    name: str
    where: Literal["query", "header"]
    type: Any
    description: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. ``answer`` None means no body; ``media`` is the type of a body that is not JSON."""

    method: Method
    path: str
    summary: str
    answer: Any = None
    status: int = 200
    body: Any = None
    media: str = "application/json"
    parameters: tuple[Parameter, ...] = ()
    refusals: tuple[str, ...] = ()
    security: str | None = None
    path_types: dict[str, Any] = field(default_factory=dict)


def document(
    title: str,
    version: str,
    description: str,
    operations: Sequence[Operation],
    reasons: dict[str, Reason],
    security_schemes: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The OpenAPI 3.1 document of ``operations``. Raises ``KeyError`` for a refusal that is in no table."""
    shapes = [Problem]
    for operation in operations:
        shapes += [s for s in (operation.body, operation.answer) if s is not None]
        shapes += [p.type for p in operation.parameters]
        shapes += operation.path_types.values()
    schemas, components = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    by_shape = {id(shape): schema for shape, schema in zip(shapes, schemas, strict=True)}
    every = {**COMMON_REASONS, **reasons}
    paths: dict[str, Any] = {}
    for operation in operations:
        path = _PARAMETER.sub(r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method] = _operation(operation, by_shape, every)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": description},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": security_schemes or {}},
    }


def _operation(operation: Operation, by_shape: dict[int, Any], reasons: dict[str, Reason]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": operation.summary}
    if operation.answer is not None:
        success["content"] = {operation.media: {"schema": by_shape[id(operation.answer)]}}
    elif operation.media != "application/json":
        success["content"] = {operation.media: {"schema": {"type": "string"}}}
    responses: dict[str, Any] = {str(operation.status): success}
    for code in operation.refusals:
        reason = reasons[code]
        entry = responses.setdefault(
            str(reason.status),
            {"description": "", "content": {"application/problem+json": {"schema": by_shape[id(Problem)]}}},
        )
        entry["description"] = (entry["description"] + f" `{code}`: {reason.en}").strip()
    result: dict[str, Any] = {"summary": operation.summary, "responses": responses}
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": by_shape[id(operation.path_types[name])] if name in operation.path_types else {"type": "string"},
        }
        for name in _PARAMETER.findall(operation.path)
    ]
    parameters += [
        {
            "name": p.name,
            "in": p.where,
            "required": p.required,
            "description": p.description,
            "schema": by_shape[id(p.type)],
        }
        for p in operation.parameters
    ]
    if parameters:
        result["parameters"] = parameters
    if operation.body is not None:
        result["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": by_shape[id(operation.body)]}},
        }
    if operation.security:
        result["security"] = [{operation.security: []}]
    return result
