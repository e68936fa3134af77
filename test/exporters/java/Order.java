import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Scope;
import java.util.logging.Level;
import java.util.logging.Logger;

/** One span and one error inside of it; the agent sends both. Prints the id of the trace. */
public class Order {
  public static void main(String[] args) {
    Span span = GlobalOpenTelemetry.getTracer("shop").spanBuilder("place order").startSpan();
    try (Scope inside = span.makeCurrent()) {
      IllegalStateException failure = new IllegalStateException("order 4711 was not placed");
      span.recordException(failure);
      Logger.getLogger("shop").log(Level.SEVERE, "order 4711 was not placed", failure);
    } finally {
      span.end();
    }
    System.out.println(span.getSpanContext().getTraceId());
  }
}
