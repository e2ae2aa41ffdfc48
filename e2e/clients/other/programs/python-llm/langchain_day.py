"""Autologging of LangChain with its own fake model, and with its client of OpenAI against a chat server of our own."""

from one_by_one import call, leave_uninferred

import os
import time

os.environ["LANGSMITH_TRACING"] = "false"

import chat_server
import mlflow
from langchain.agents import create_agent
from langchain_core.language_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

mlflow.set_experiment("autolog-langchain")
mlflow.langchain.autolog()
leave_uninferred()
prompt = ChatPromptTemplate.from_messages([("system", "Be short."), ("user", "Why {what}?")])


def pause(value):
    """Traces of one millisecond have no order."""
    time.sleep(0.01)
    return value


chain = prompt | RunnableLambda(pause) | FakeListChatModel(responses=["Because.", "No reason."]) | StrOutputParser()
call(chain.invoke, {"what": "not"})
call(chain.batch, [{"what": "one"}, {"what": "two"}])
call(lambda: list(chain.stream({"what": "so"})))
call((prompt | RunnableLambda(lambda _: 1 / 0)).invoke, {"what": "never"})


@tool
def weather(city: str) -> str:
    """The weather of a city."""
    return f"Rain in {city}."


model = ChatOpenAI(model="fake", base_url=chat_server.start(), api_key="none", max_retries=0)
call(model.invoke, "Why?")
call(create_agent(model, tools=[weather]).invoke, {"messages": [{"role": "user", "content": "How is the weather in Bonn?"}]})
code = os.path.join(os.environ["WORK"], "chain.py")
with open(code, "w") as file:
    file.write(
        "import mlflow\nfrom langchain_core.language_models import FakeListChatModel\n"
        "mlflow.models.set_model(FakeListChatModel(responses=['Because.']))\n"
    )
with mlflow.start_run(run_name="langchain"):
    call(chain.invoke, {"what": "in a run"})
    logged = call(mlflow.langchain.log_model, lc_model=code, name="chain", input_example="Why?")
call(lambda: mlflow.langchain.load_model(logged.model_uri).invoke("Why?"))
call(mlflow.search_traces, order_by=["timestamp ASC"])
print("the day is over")
