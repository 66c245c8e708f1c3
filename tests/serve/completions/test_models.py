def test_models_are_listed_with_what_goes_in_and_comes_out(client):
    listed = client.get("/v1/models").json()
    assert listed["object"] == "list"
    (model,) = listed["data"]
    assert (model["id"], model["object"], model["job"]) == ("fox", "model", "language-model")
    assert model["signature"]["input"]["type"] == "string"
    assert client.get("/v1/models/fox").json() == model


def test_a_model_that_is_not_there_is_named(client):
    answer = client.get("/v1/models/wolf")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
