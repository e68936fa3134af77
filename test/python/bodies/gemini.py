"""Bodies against the messages of Google's own package, by the strict parser of protobuf's JSON."""

from google.ai import generativelanguage
from google.protobuf import json_format


class Gemini:
    def __init__(self, message: str) -> None:
        self.message = getattr(generativelanguage, message).pb()

    def problem(self, body: dict) -> str | None:
        try:
            json_format.ParseDict(body, self.message(), ignore_unknown_fields=False)
            return None
        except json_format.ParseError as error:
            return str(error)
