from recurra.serve.course import chapters


def test_chapters_are_listed_and_given_in_both_languages(client):
    english = client.get("/v1/course").json()["chapters"]
    chinese = client.get("/v1/course", params={"language": "zh"}).json()["chapters"]
    assert [each["name"] for each in english] == [each["name"] for each in chinese]
    assert english[0] == {"name": "1-memory", "title": "1. What a recurrent network is"}
    assert chinese[0]["title"] == "1. 什么是循环神经网络"
    chapter = client.get("/v1/course/3-limits", params={"language": "zh"}).json()
    assert chapter["title"] == "3. 局限与对策"
    assert chapter["html"] == chapters.chapters("zh")["3-limits"].html


def test_what_is_not_there_is_said(client):
    for path in ("/v1/course/9-none", "/v1/course/index", "/v1/course/..%2f..%2fREADME"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"]["type"] == "not_found_error"
    assert client.get("/v1/course", params={"language": "fr"}).status_code == 400


def test_a_package_without_the_course_says_so(client, monkeypatch, tmp_path):
    monkeypatch.setattr(chapters, "_HERE", tmp_path)
    monkeypatch.setattr(chapters, "_CHECKOUT", tmp_path)
    chapters.chapters.cache_clear()
    try:
        assert client.get("/v1/course").json() == {"chapters": []}
    finally:
        chapters.chapters.cache_clear()
