"""One span and one error inside of it, by the exporter of Python. Prints the id of the trace."""

import logging

from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


class OrderError(Exception):
    """What a shop of its own would raise."""


logs = LoggerProvider()
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
set_logger_provider(logs)
spans = TracerProvider()
spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
logger = logging.getLogger("shop")
logger.addHandler(LoggingHandler(logger_provider=logs))

with spans.get_tracer("shop").start_as_current_span("place order") as span:
    try:
        raise OrderError("order 4711 was not placed")
    except OrderError as failure:
        span.record_exception(failure)
        logger.exception("order 4711 was not placed")
    trace = span.get_span_context().trace_id

logs.shutdown()
spans.shutdown()
print(f"{trace:032x}")
