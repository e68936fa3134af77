// One span and one error inside of it, by the exporter of Go. Prints the id of the trace.
package main

import (
	"context"
	"fmt"
	"log"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/trace"
)

type orderError struct{ order int }

func (e *orderError) Error() string { return fmt.Sprintf("order %d was not placed", e.order) }

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	logs := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(must(otlploghttp.New(ctx)))))
	spans := trace.NewTracerProvider(trace.WithBatcher(must(otlptracehttp.New(ctx))))

	inside, span := spans.Tracer("shop").Start(ctx, "place order")
	err := &orderError{order: 4711}
	span.RecordError(err)
	logger := otelslog.NewLogger("shop", otelslog.WithLoggerProvider(logs))
	logger.ErrorContext(inside, "order 4711 was not placed", "error", err)
	span.End()

	must(0, logs.Shutdown(ctx))
	must(0, spans.Shutdown(ctx))
	fmt.Println(span.SpanContext().TraceID())
}
