"""Clients that others have made work against the server as they work against those they were made for."""

import asyncio
import time

import httpx
import openai
import pytest

from recurra import LanguageModel


@pytest.fixture
def lm(run):
    return LanguageModel.load(run)


@pytest.fixture
def client(address):
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        yield client


def test_openai_completes(client, lm):
    answer = client.completions.create(model="fox", prompt="the ", max_tokens=40, seed=1, logprobs=2)
    assert answer.choices[0].text == lm.generate("the ", 40, seed=1)
    assert answer.choices[0].finish_reason == "length"
    assert len(answer.choices[0].logprobs.top_logprobs) == 40
    assert answer.usage.total_tokens == 44


def test_openai_reads_a_stream(client, lm):
    options = {"include_usage": True}
    stream = client.completions.create(
        model="fox", prompt="the ", max_tokens=40, seed=1, stream=True, stream_options=options, extra_body={"top_k": 3}
    )
    chunks = list(stream)
    text = "".join(chunk.choices[0].text for chunk in chunks if chunk.choices)
    assert text == lm.generate("the ", 40, seed=1, top_k=3)
    assert chunks[-1].usage.completion_tokens == 40


def test_openai_lists_models(client):
    assert [model.id for model in client.models.list()] == ["fox"]
    assert client.models.retrieve("fox").owned_by == "recurra"


def test_openai_raises_its_own_errors(client):
    with pytest.raises(openai.NotFoundError) as missing:
        client.completions.create(model="wolf", prompt="the ")
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as wrong:
        client.completions.create(model="fox", prompt="the ", presence_penalty=1)
    assert "presence_penalty" in wrong.value.message


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_lm_eval_scores_as_the_model_does(address, lm):
    api = pytest.importorskip("lm_eval.models.openai_completions")
    instance = pytest.importorskip("lm_eval.api.instance").Instance
    evaluated = api.LocalCompletionsAPI(base_url=f"{address}/v1/completions", model="fox", max_length=4096)
    text = "the quick brown fox jumps over the lazy dog, and rests.\n" * 8
    request = instance("loglikelihood", {}, (text[0], text[1:]), 0)
    ((log_prob, is_greedy),) = evaluated.loglikelihood([request])
    assert log_prob == pytest.approx(lm.score(text)["forward"], abs=1e-4)
    assert not is_greedy
    stops = instance("generate_until", {}, ("the ", {"until": ["\n"], "max_gen_toks": 30}), 0)
    assert evaluated.generate_until([stops]) == [lm.generate("the ", 30, greedy=True, stop="\n")]


async def _leave_in_the_middle(address):
    async with (
        httpx.AsyncClient(base_url=address) as client,
        client.stream("POST", "/v1/completions", json=_long(stream=True)) as answer,
    ):
        async for _ in answer.aiter_bytes():
            return


def _long(**more):
    return {"model": "fox", "prompt": "the ", "max_tokens": 100_000, "seed": 1} | more


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_goes_away_stops_costing(address, engines, stream):
    if stream:
        asyncio.run(_leave_in_the_middle(address))
    else:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{address}/v1/completions", json=_long(), timeout=0.3)
    (engine,) = engines.all
    until = time.monotonic() + 20
    while engine.open and time.monotonic() < until:
        time.sleep(0.005)
    assert engine.open == 0
