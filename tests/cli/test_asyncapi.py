import json

from smallhome import made


def test_a_hub_describes_its_own_topics(hub, tmp_path):
    home = made(tmp_path / "home")
    told = hub("asyncapi", "--home", home)
    document = json.loads(told.out)

    assert (told.code, document["asyncapi"]) == (0, "3.0.0")
    assert "intake.gmp.v1" in document["channels"]
    assert "intake.court.v1" not in document["channels"]


def test_without_a_hub_it_is_that_of_the_policies_that_travel_with_it(hub, tmp_path):
    told = hub("asyncapi", "--home", tmp_path / "nowhere")

    assert "intake.court.v1" in json.loads(told.out)["channels"]
