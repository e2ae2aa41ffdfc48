import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.concurrent.TimeUnit;

/** Traces by OpenTelemetry's exporter for Java, plain and packed, and read again. */
public class Day {
  static final String SERVER = System.getenv("MLFLOW_TRACKING_URI");

  public static void main(String[] args) throws Exception {
    String made = post("/api/2.0/mlflow/experiments/create", "{\"name\":\"otlp-" + System.getenv("NAME") + "\"}");
    var found = java.util.regex.Pattern.compile("\"experiment_id\":\\s*\"([^\"]+)\"").matcher(made);
    String experiment = found.find() ? found.group(1) : "0";
    for (String compression : new String[] {"none", "gzip"}) {
      var exporter = OtlpHttpSpanExporter.builder().setEndpoint(SERVER + "/v1/traces").setCompression(compression)
          .addHeader("x-mlflow-experiment-id", experiment).build();
      var provider = SdkTracerProvider.builder().addSpanProcessor(BatchSpanProcessor.builder(exporter).build()).build();
      Tracer tracer = provider.get("day");
      Span parent = tracer.spanBuilder("answer").setSpanKind(SpanKind.SERVER).setAttribute("question", "why").startSpan();
      Span child = tracer.spanBuilder("look up").setParent(Context.root().with(parent)).startSpan();
      child.setAttribute("rows", 3L).setAttribute("share", 0.5).addEvent("found", Attributes.empty());
      child.setStatus(StatusCode.ERROR, "late");
      child.end();
      parent.end();
      provider.shutdown().join(20, TimeUnit.SECONDS);
    }
    post("/api/3.0/mlflow/traces/search", "{\"locations\":[{\"type\":\"MLFLOW_EXPERIMENT\",\"mlflow_experiment\":{\"experiment_id\":\"" + experiment + "\"}}],\"max_results\":10}");
    System.out.println("the day is over");
  }

  static String post(String path, String body) throws Exception {
    var connection = (HttpURLConnection) URI.create(SERVER + path).toURL().openConnection();
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "application/json");
    connection.getOutputStream().write(body.getBytes());
    if (connection.getResponseCode() >= 400) return new String(connection.getErrorStream().readAllBytes());
    return new String(connection.getInputStream().readAllBytes());
  }
}
