def test_a_server_listens_answers_and_stops_when_it_is_told_to(start):
    with start() as server:
        with server.client() as client:
            answer = client.post("/v1/completions", json={"model": "fox", "prompt": "the ", "seed": 1})
            assert len(answer.json()["choices"][0]["text"]) == 16
        assert server.stop() == 0
