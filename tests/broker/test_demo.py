"""The demo answers the same on Kafka as on the embedded log, whatever happens to its worker."""

from pathlib import Path

import pytest

from hub import wiring
from hub.demo.ground import EmbeddedGround
from hub.demo.kafka import KafkaGround
from hub.demo.play import Options, fresh_home, play
from hub.demo.summary import summarise
from hub.edges.local_broker import broker


def on_embedded(folder: Path, options: Options) -> dict:
    home = fresh_home(options)
    program = wiring.program(home)
    ground = EmbeddedGround(home, program)
    play(options, home, program, ground)
    return dict(summarise(ground, program).digest)


def on_kafka(options: Options, kill_after_wave: int | None) -> dict:
    """On a broker of its own, for the topics have fixed names."""
    home = fresh_home(options)
    program = wiring.program(home)
    with broker(own=True) as lender:
        ground = KafkaGround(home, program, lender, kill_after_wave)
        try:
            play(options, home, program, ground)
            return dict(summarise(ground, program).digest)
        finally:
            ground.close()


@pytest.mark.parametrize("kill_after_wave", [None, 20], ids=["left alone", "killed"])
def test_kafka_answers_byte_for_byte_as_the_embedded_log(tmp_path, capfd, kill_after_wave):
    options = Options(home=tmp_path / "embedded", people=60, seed=2)
    embedded = on_embedded(tmp_path, options)

    kafka = on_kafka(Options(home=tmp_path / "kafka", people=60, seed=2, kafka=True), kill_after_wave)

    assert kafka["topics"] == embedded["topics"]
    assert kafka["all"] == embedded["all"]
    assert ("started again" in capfd.readouterr().err) == (kill_after_wave is not None)
