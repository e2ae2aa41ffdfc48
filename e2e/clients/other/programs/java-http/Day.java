import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** MLflow's REST by the HttpClient that Java brings, as it is made by default: it offers HTTP/2 (`Upgrade: h2c`). */
public class Day {
  static final HttpClient CLIENT = HttpClient.newHttpClient();
  static final String API = "/api/2.0/mlflow/";

  public static void main(String[] args) {
    String experiment = id(send("POST", API + "experiments/create", "{\"name\":\"http-day\"}"), "experiment_id");
    send("GET", API + "experiments/get?experiment_id=" + experiment, null);
    send("GET", API + "experiments/get-by-name?experiment_name=http-day", null);
    send("POST", API + "experiments/search", "{\"max_results\":5,\"filter\":\"name = 'http-day'\"}");
    String run = id(send("POST", API + "runs/create", "{\"experiment_id\":\"" + experiment
        + "\",\"run_name\":\"r\",\"start_time\":1700000000000}"), "run_id");
    String of = "{\"run_id\":\"" + run + "\",";
    send("POST", API + "runs/log-parameter", of + "\"key\":\"a\",\"value\":\"1\"}");
    send("POST", API + "runs/log-metric", of + "\"key\":\"m\",\"value\":0.5,\"timestamp\":1700000000000,\"step\":1}");
    send("POST", API + "runs/set-tag", of + "\"key\":\"t\",\"value\":\"1\"}");
    send("POST", API + "runs/delete-tag", of + "\"key\":\"t\"}");
    send("POST", API + "runs/update", of + "\"status\":\"FINISHED\",\"end_time\":1700000001000}");
    send("GET", API + "runs/get?run_id=" + run, null);
    send("GET", API + "metrics/get-history?run_id=" + run + "&metric_key=m", null);
    send("POST", API + "runs/search", "{\"experiment_ids\":[\"" + experiment + "\"],\"filter\":\"metrics.m > 0\"}");
    String file = "/api/2.0/mlflow-artifacts/artifacts/" + experiment + "/" + run + "/artifacts/notes.txt";
    send("PUT", file, "notes");
    send("GET", file, null);
    send("GET", API + "artifacts/list?run_id=" + run, null);
    send("POST", API + "registered-models/create", "{\"name\":\"http-model\"}");
    send("POST", API + "model-versions/create", "{\"name\":\"http-model\",\"source\":\"runs:/" + run + "/m\",\"run_id\":\"" + run + "\"}");
    send("GET", API + "model-versions/search?filter=name%3D%27http-model%27", null);
    send("POST", "/api/3.0/mlflow/traces/search", "{\"locations\":[{\"type\":\"MLFLOW_EXPERIMENT\",\"mlflow_experiment\":{\"experiment_id\":\"" + experiment + "\"}}]}");
    send("DELETE", API + "model-versions/delete", "{\"name\":\"http-model\",\"version\":\"1\"}");
    send("DELETE", API + "registered-models/delete", "{\"name\":\"http-model\"}");
    send("POST", API + "runs/delete", "{\"run_id\":\"" + run + "\"}");
    send("POST", API + "runs/restore", "{\"run_id\":\"" + run + "\"}");
    send("POST", API + "experiments/delete", "{\"experiment_id\":\"" + experiment + "\"}");
    System.out.println("the day is over");
  }

  static String send(String method, String path, String body) {
    try {
      HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(System.getenv("MLFLOW_TRACKING_URI") + path))
          .method(method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
      if (body != null) request.header("Content-Type", body.startsWith("{") ? "application/json" : "text/plain");
      HttpResponse<String> answer = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() >= 400) System.err.println(method + " " + path + ": " + answer.body());
      return answer.body();
    } catch (Exception error) {
      System.err.println(method + " " + path + ": " + error);
      return "";
    }
  }

  static String id(String answer, String key) {
    var found = java.util.regex.Pattern.compile("\"" + key + "\":\\s*\"([^\"]+)\"").matcher(answer);
    return found.find() ? found.group(1) : "0";
  }
}
