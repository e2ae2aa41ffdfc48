"""Transformers: a tiny model with random weights, its Trainer's reports to MLflow, a pipeline logged and loaded."""

from one_by_one import call, leave_uninferred

import os

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["MLFLOW_EXPERIMENT_NAME"] = "autolog-transformers"
os.environ["HF_MLFLOW_LOG_ARTIFACTS"] = "1"

import mlflow
import mlflow.transformers
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast, Trainer, TrainingArguments, pipeline

WORK = os.environ["WORK"]


def at_once(log):
    """What is logged in the background goes out in batches that depend on the clock."""

    def logs(*args, **kwargs):
        return log(*args, **{key: value for key, value in kwargs.items() if key != "synchronous"})

    return logs


mlflow.log_metrics = at_once(mlflow.log_metrics)
mlflow.log_params = at_once(mlflow.log_params)
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "day"]
vocabulary = os.path.join(WORK, "vocab.txt")
with open(vocabulary, "w") as file:
    file.write("\n".join(WORDS))
tokenizer = BertTokenizerFast(vocab=vocabulary) if "vocab" in BertTokenizerFast.__init__.__code__.co_varnames else BertTokenizerFast(vocab_file=vocabulary)
torch.manual_seed(1)
model = BertForSequenceClassification(BertConfig(vocab_size=len(WORDS), hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, num_labels=2))
rows = [{**{key: torch.tensor(value) for key, value in tokenizer(text, padding="max_length", max_length=6).items()}, "labels": n % 2} for n, text in enumerate(["good day", "bad day"] * 4)]
mlflow.transformers.autolog()
leave_uninferred()
arguments = TrainingArguments(output_dir=os.path.join(WORK, "out"), num_train_epochs=2, per_device_train_batch_size=4, logging_steps=1, eval_strategy="epoch", save_strategy="epoch", report_to=["mlflow"], run_name="trained", seed=1, use_cpu=True, disable_tqdm=True)
trainer = Trainer(model=model, args=arguments, train_dataset=rows, eval_dataset=rows)
call(trainer.train)
call(trainer.evaluate)
mlflow.end_run()
mlflow.set_experiment("autolog-transformers")
said = pipeline("text-classification", model=model, tokenizer=tokenizer)
with mlflow.start_run(run_name="model"):
    logged = call(mlflow.transformers.log_model, said, name="classifier", registered_model_name="tiny-bert", await_registration_for=5, input_example="good day")
call(lambda: mlflow.transformers.load_model(logged.model_uri)("good day"))
call(lambda: mlflow.pyfunc.load_model("models:/tiny-bert/1").predict(["bad day"]))
call(mlflow.search_runs, experiment_names=["autolog-transformers"], order_by=["start_time ASC"])
print("the day is over")
