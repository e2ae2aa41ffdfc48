// A day's work with the Go SDK of opendatahub-io.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/opendatahub-io/mlflow-go/mlflow"
	"github.com/opendatahub-io/mlflow-go/mlflow/promptregistry"
	"github.com/opendatahub-io/mlflow-go/mlflow/tracking"
)

func note(what string, err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, what+":", err)
	}
}

func main() {
	ctx := context.Background()
	client, err := mlflow.NewClient()
	if err != nil {
		panic(err)
	}
	t := client.Tracking()
	at := time.UnixMilli(1700000000000)
	experiment, err := t.CreateExperiment(ctx, "go-day", tracking.WithExperimentTags(map[string]string{"a": "b"}))
	note("create", err)
	_, err = t.GetExperiment(ctx, experiment)
	note("get", err)
	_, err = t.GetExperimentByName(ctx, "go-day")
	note("by name", err)
	_, err = t.GetExperimentByName(ctx, "go-none")
	note("by missing name", err)
	note("rename", t.UpdateExperiment(ctx, experiment, "go-day-2"))
	note("tag", t.SetExperimentTag(ctx, experiment, "purpose", "day"))
	_, err = t.SearchExperiments(ctx, tracking.WithExperimentsFilter("name LIKE 'go%'"), tracking.WithExperimentsMaxResults(5), tracking.WithExperimentsViewType(tracking.ViewTypeAll))
	note("search", err)
	id := "00000000000000000000000000000000"
	run, err := t.CreateRun(ctx, experiment, tracking.WithRunName("r"), tracking.WithStartTime(at), tracking.WithRunTags(map[string]string{"t": "1"}))
	note("run", err)
	if err == nil {
		id = run.Info.RunID
	}
	note("param", t.LogParam(ctx, id, "alpha", "0.5"))
	note("metric", t.LogMetric(ctx, id, "rmse", 0.25, tracking.WithStep(1), tracking.WithTimestamp(at)))
	note("set tag", t.SetTag(ctx, id, "stage", "dev"))
	note("delete tag", t.DeleteTag(ctx, id, "stage"))
	note("batch", t.LogBatch(ctx, id, []tracking.Metric{{Key: "m", Value: 1, Timestamp: at}}, []tracking.Param{{Key: "p", Value: "1"}}, map[string]string{"u": "2"}))
	_, err = t.GetRun(ctx, id)
	note("get run", err)
	_, err = t.UpdateRun(ctx, id, tracking.WithStatus(tracking.RunStatusFinished), tracking.WithEndTime(at))
	note("end run", err)
	_, err = t.SearchRuns(ctx, []string{experiment}, tracking.WithRunsFilter("metrics.rmse < 1"), tracking.WithRunsViewType(tracking.ViewTypeActiveOnly), tracking.WithRunsOrderBy("start_time DESC"))
	note("search runs", err)
	p := client.PromptRegistry()
	_, err = p.RegisterPrompt(ctx, "go-prompt", "Hello {{name}}", promptregistry.WithCommitMessage("first"), promptregistry.WithTags(map[string]string{"a": "b"}))
	note("prompt", err)
	_, err = p.RegisterChatPrompt(ctx, "go-prompt", []promptregistry.ChatMessage{{Role: "user", Content: "{{q}}"}})
	note("chat prompt", err)
	note("alias", p.SetPromptAlias(ctx, "go-prompt", "live", 1))
	_, err = p.LoadPrompt(ctx, "go-prompt")
	note("load", err)
	_, err = p.LoadPrompt(ctx, "go-prompt", promptregistry.WithVersion(1))
	note("load version", err)
	_, err = p.LoadPrompt(ctx, "go-prompt", promptregistry.WithAlias("live"))
	note("load alias", err)
	_, err = p.ListPrompts(ctx, promptregistry.WithMaxResults(5))
	note("list", err)
	_, err = p.ListPrompts(ctx, promptregistry.WithNameFilter("go-%"))
	note("list by name", err)
	_, err = p.ListPromptVersions(ctx, "go-prompt")
	note("versions", err)
	note("delete alias", p.DeletePromptAlias(ctx, "go-prompt", "live"))
	note("delete tag", p.DeletePromptVersionTag(ctx, "go-prompt", 1, "a"))
	note("delete version", p.DeletePromptVersion(ctx, "go-prompt", 1))
	note("delete version", p.DeletePromptVersion(ctx, "go-prompt", 2))
	note("delete prompt", p.DeletePrompt(ctx, "go-prompt"))
	note("delete run", t.DeleteRun(ctx, id))
	note("delete experiment", t.DeleteExperiment(ctx, experiment))
	fmt.Println("the day is over")
}
