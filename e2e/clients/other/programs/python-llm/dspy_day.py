"""Autologging of DSPy with its own dummy model: predictions, an evaluation, an optimizer, a model."""

from one_by_one import call, leave_uninferred

import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["DSPY_CACHEDIR"] = os.path.join(os.environ["WORK"], "cache")

import dspy
import mlflow
from dspy.evaluate import Evaluate
from dspy.teleprompt import BootstrapFewShot
from dspy.utils.dummies import DummyLM

mlflow.set_experiment("autolog-dspy")
mlflow.dspy.autolog(log_compiles=True, log_evals=True, log_traces_from_compile=True, log_traces_from_eval=True)
leave_uninferred()
dspy.configure(lm=DummyLM([{"reasoning": "It is known.", "answer": "blue"}] * 40))
program = dspy.ChainOfThought("question -> answer")
examples = [dspy.Example(question=f"Colour {n}?", answer="blue" if n else "red").with_inputs("question") for n in range(3)]


def same(example, prediction, trace=None):
    return example.answer == prediction.answer


call(program, question="What colour is the sky?")
with mlflow.start_run(run_name="evaluated"):
    call(Evaluate(devset=examples, metric=same, num_threads=1, display_progress=False), program)
better = call(BootstrapFewShot(metric=same, max_bootstrapped_demos=1, max_labeled_demos=1).compile, program, trainset=examples)
with mlflow.start_run(run_name="model"):
    logged = call(mlflow.dspy.log_model, better or program, name="program", input_example="What colour?")
call(lambda: mlflow.dspy.load_model(logged.model_uri)(question="What colour?"))
call(mlflow.search_traces, order_by=["timestamp ASC"])
print("the day is over")
