import json

from hub.console.problem import DOCUMENT


def test_the_document_is_printed_without_a_home(hub):
    told = hub("openapi")
    document = json.loads(told.out)

    assert (told.code, document["openapi"]) == (0, "3.1.0")
    assert DOCUMENT.removesuffix("/openapi.json") in document["servers"][0]["url"]
    assert "post" in document["paths"]["/alerts/{id}/answer"]
