"""On a real Kafka a ledger is cosigned too, and a ledger that starts again goes on with its witnesses where it was."""

import threading
import time

from hub import settings, topics, wiring
from hub.cli.run_hub import cosigning
from hub.edges.broker import ensure
from hub.edges.home import create
from hub.edges.ledger_kafka import KafkaLedger
from hub.edges.local_broker import broker
from hub.edges.witness import Door
from hub.edges.witness import create as new_witness
from hub.place import Place
from hub.wire.notes import public_key, read_note
from hub.wire.witnesses import read_policy, trusted

NOW = 1_780_000_000_000_000


def cosigned(place, home, now):
    """The note that is published after one more step of a ledger that starts now."""
    client = {"bootstrap_servers": place.broker}
    ledger = KafkaLedger(client, wiring.ledger(home, wiring.program(home)), home.partitions, settings.read().app_id)
    with cosigning(place, home, ledger):
        ledger.grow(now)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            ledger.publish()
            notes = [read_note(record.value.decode()) for record in place.reader().scan(topics.COSIGNED)]
            if notes and f"\n{ledger.state.frontier.size}\n" in notes[-1].text:
                break
            time.sleep(0.1)
    ledger.close()
    return trusted(notes[-1], read_policy(home.witnesses()))


def test_a_ledger_on_kafka_is_cosigned_and_goes_on_after_a_restart(tmp_path):
    home = create(tmp_path / "home", ("YJS",), ("HOUS",), 2)
    log = public_key(home.origin, home.ledger_key())
    witness = new_witness(tmp_path / "police", "police", [str(log)])
    with broker(own=True) as lender, Door(("127.0.0.1", 0), witness) as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        line = f"witness police {witness.key} http://127.0.0.1:{door.server_port}"
        (home.path / "witnesses.policy").write_text(f"log {log}\n{line}\nquorum police\n")
        ensure(lender.bootstrap, topics.catalogue(home.agencies, home.teams, home.partitions))
        place = Place(home.path, bootstrap=lender.bootstrap)
        first, second = cosigned(place, home, NOW), cosigned(place, home, NOW + 1)
        door.shutdown()

    assert [one.checkpoint.size for one in (first, second)] == [256, 512]
    assert [(one.size, one.refused) for one in witness.seen()] == [(512, 0)]
