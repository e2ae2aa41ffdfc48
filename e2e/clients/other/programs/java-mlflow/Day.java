import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.mlflow.api.proto.Service;
import org.mlflow.tracking.MlflowClient;

/** A day's work with MLflow's Java client. */
public class Day {
  public static void main(String[] args) throws Exception {
    MlflowClient client = new MlflowClient(System.getenv("MLFLOW_TRACKING_URI"));
    Path work = Path.of(System.getenv("WORK"));
    String experiment = step("create", () -> client.createExperiment("java-day"));
    step("get", () -> client.getExperiment(experiment));
    step("by name", () -> client.getExperimentByName("java-day"));
    step("missing name", () -> client.getExperimentByName("java-none"));
    step("missing id", () -> client.getExperiment("424242"));
    step("tag", () -> { client.setExperimentTag(experiment, "purpose", "day"); return 0; });
    step("rename", () -> { client.renameExperiment(experiment, "java-day-2"); return 0; });
    step("search", () -> client.searchExperiments("name LIKE 'java%'"));
    step("search all", () -> client.searchExperiments("name = 'java-day-2'", Service.ViewType.ALL, 5, List.of("name ASC")));
    String run = step("run", () -> client.createRun(experiment).getRunId());
    String named = step("named run", () -> client.createRun(Service.CreateRun.newBuilder()
        .setExperimentId(experiment).setRunName("named").setStartTime(1700000000000L)
        .addTags(Service.RunTag.newBuilder().setKey("a").setValue("b")).build()).getRunId());
    step("param", () -> { client.logParam(run, "alpha", "0.5"); return 0; });
    step("metric", () -> { client.logMetric(run, "rmse", 0.25); return 0; });
    step("metric at", () -> { client.logMetric(run, "rmse", 0.125, 1700000000001L, 1); return 0; });
    step("metric nan", () -> { client.logMetric(run, "nan", Double.NaN, 1700000000001L, 1); return 0; });
    step("tag run", () -> { client.setTag(run, "stage", "dev"); return 0; });
    step("untag run", () -> { client.deleteTag(run, "stage"); return 0; });
    step("batch", () -> { client.logBatch(run,
        List.of(Service.Metric.newBuilder().setKey("m").setValue(1).setTimestamp(1700000000000L).setStep(0).build()),
        List.of(Service.Param.newBuilder().setKey("p").setValue("1").build()),
        List.of(Service.RunTag.newBuilder().setKey("t").setValue("1").build())); return 0; });
    step("end", () -> { client.setTerminated(run, Service.RunStatus.FINISHED, 1700000005000L); return 0; });
    step("end named", () -> { client.setTerminated(named, Service.RunStatus.FAILED); return 0; });
    step("get run", () -> client.getRun(run));
    step("missing run", () -> client.getRun("0123456789abcdef0123456789abcdef"));
    step("history", () -> client.getMetricHistory(run, "rmse"));
    step("runs", () -> client.searchRuns(List.of(experiment), "metrics.rmse < 1"));
    step("runs all", () -> client.searchRuns(List.of(experiment), "", Service.ViewType.ALL, 1, List.of("start_time DESC")).getItems());
    Path file = Files.writeString(work.resolve("notes.txt"), "notes");
    step("artifact", () -> { client.logArtifact(run, file.toFile(), "docs"); return 0; });
    step("list", () -> client.listArtifacts(run));
    step("list below", () -> client.listArtifacts(run, "docs"));
    step("download", () -> client.downloadArtifacts(run, "docs/notes.txt"));
    step("model", () -> client.sendPost("registered-models/create", "{\"name\":\"java-model\"}"));
    step("version", () -> client.sendPost("model-versions/create",
        "{\"name\":\"java-model\",\"run_id\":\"" + run + "\",\"source\":\"runs:/" + run + "/docs\"}"));
    step("patch", () -> client.sendPatch("registered-models/update", "{\"name\":\"java-model\",\"description\":\"d\"}"));
    step("get model", () -> client.getRegisteredModel("java-model"));
    step("get version", () -> client.getModelVersion("java-model", "1"));
    step("latest", () -> client.getLatestVersions("java-model"));
    step("latest staged", () -> client.getLatestVersions("java-model", List.of("None")));
    step("versions", () -> client.searchModelVersions("name = 'java-model'").getItems());
    step("all versions", () -> client.searchModelVersions().getItems());
    step("uri", () -> client.getModelVersionDownloadUri("java-model", "1"));
    step("get raw", () -> client.sendGet("runs/get?run_id=" + run));
    step("delete run", () -> { client.deleteRun(run); return 0; });
    step("deleted", () -> client.searchRuns(List.of(experiment), "", Service.ViewType.DELETED_ONLY));
    step("restore run", () -> { client.restoreRun(run); return 0; });
    step("delete", () -> { client.deleteExperiment(experiment); return 0; });
    step("restore", () -> { client.restoreExperiment(experiment); return 0; });
    System.out.println("the day is over");
  }

  static <T> T step(String name, Callable<T> act) {
    try {
      return act.call();
    } catch (Throwable error) {
      System.err.println(name + ": " + error);
      return null;
    }
  }
}
