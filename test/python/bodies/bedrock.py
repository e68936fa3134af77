"""Bodies against the service's model that botocore ships."""

import base64
import binascii
import re

import botocore.session
from botocore.model import Shape
from botocore.validate import ParamValidator, ValidationErrors

SERVICE = botocore.session.Session().get_service_model("bedrock-runtime")


class Wire(ParamValidator):
    """
    The validator of requests, for a body as it is on the wire, where bytes are base64. It also asks for what the service's
    model says and the client leaves to the service: words, patterns, the most of a thing.
    """

    def _validate_blob(self, param: object, shape: Shape, errors: ValidationErrors, name: str) -> None:
        try:
            base64.b64decode(param, validate=True)
        except (TypeError, ValueError, binascii.Error) as error:
            errors.report(name, "invalid type", param=f"{param} ({error})", valid_types=["base64"])

    def _validate_string(self, param: object, shape: Shape, errors: ValidationErrors, name: str) -> None:
        super()._validate_string(param, shape, errors, name)
        if not isinstance(param, str):
            return
        known = shape.metadata
        if not (
            param in known.get("enum", [param])
            and len(param) <= known.get("max", len(param))
            and re.fullmatch(known.get("pattern", ".*"), param, re.DOTALL)
        ):
            errors.report(name, "invalid type", param=param, valid_types=[f"{shape.name} {dict(known)}"])

    def _validate_list(self, param: object, shape: Shape, errors: ValidationErrors, name: str) -> None:
        super()._validate_list(param, shape, errors, name)
        if isinstance(param, list) and len(param) > shape.metadata.get("max", len(param)):
            errors.report(name, "invalid length", param=len(param), min_allowed=shape.metadata["max"])


class Bedrock:
    def __init__(self, operation: str) -> None:
        self.shape = SERVICE.operation_model(operation).input_shape

    def problem(self, body: dict) -> str | None:
        errors = Wire().validate(body, self.shape)
        return errors.generate_report() if errors.has_errors() else None
