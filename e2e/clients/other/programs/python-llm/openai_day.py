"""Autologging of OpenAI's client against a chat server of our own: completions, streams, tools, embeddings, errors, a model."""

from one_by_one import call, leave_uninferred

import asyncio

import chat_server
import mlflow
import openai
from openai import AsyncOpenAI, OpenAI

BASE = chat_server.start()
CITY = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}
WHY = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Why?"}]

mlflow.set_experiment("autolog-openai")
mlflow.openai.autolog()
leave_uninferred()
client = OpenAI(base_url=BASE, api_key="none", max_retries=0)
call(client.chat.completions.create, model="fake", messages=WHY, temperature=0.5)
call(lambda: [chunk.id for chunk in client.chat.completions.create(model="fake", messages=WHY, stream=True)])
call(client.chat.completions.create, model="fake", messages=WHY, tools=[CITY])
call(client.embeddings.create, model="fake-embedding", input=["one", "two"])
call(client.chat.completions.create, model="broken", messages=WHY)
call(asyncio.run, AsyncOpenAI(base_url=BASE, api_key="none").chat.completions.create(model="fake", messages=WHY))


@mlflow.trace
def agent(question):
    return client.chat.completions.create(model="fake", messages=[{"role": "user", "content": question}]).choices[0].message.content


with mlflow.start_run(run_name="openai"):
    call(agent, "Why not?")
    call(mlflow.openai.log_model, model="fake", task=openai.chat.completions, name="chat", messages=[{"role": "user", "content": "{question}"}])
call(mlflow.search_traces, order_by=["timestamp ASC"])
call(mlflow.flush_trace_async_logging)
print("the day is over")
