def test_texts_become_symbols_and_back(client):
    answer = client.post("/tokenize", json={"prompt": "the fox", "add_special_tokens": False}).json()
    assert answer["count"] == len(answer["tokens"]) == 7
    assert client.post("/detokenize", json={"tokens": answer["tokens"], "model": "fox"}).json() == {"prompt": "the fox"}


def test_what_stands_between_texts_is_told(client):
    info = client.get("/tokenizer_info").json()
    assert (info["tokenizer_class"], info["eos_token"]) == ("char", "\n")


def test_symbols_that_there_are_not_are_refused(client):
    answer = client.post("/detokenize", json={"tokens": [1, 100_000]})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "tokens")


def test_where_there_are_two_models_one_must_be_named(run, tmp_path, serve):
    import shutil

    with serve(run, shutil.copytree(run, tmp_path / "copy")) as client:
        answer = client.post("/tokenize", json={"prompt": "the"})
        assert answer.json()["error"]["message"].endswith("fox, copy")
        assert client.post("/tokenize", json={"prompt": "the", "model": "copy"}).status_code == 200
