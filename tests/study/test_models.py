"""What is known of the models here, and a small call to one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from workbench.study.bench import Bench
from workbench.study.models import can_be_pinged, look_at_models, ping


async def test_who_can_be_asked(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    free = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    gone = free.sockets[0].getsockname()[1]
    free.close()
    await free.wait_closed()
    (tmp_path / "workbench.toml").write_text(
        f'[providers.here]\nkind = "openai"\nbase_url = "http://127.0.0.1:{port}/v1"\n'
        f'[providers.gone]\nkind = "openai"\nbase_url = "http://127.0.0.1:{gone}/v1"\n'
        '[prices."here/m"]\ninput = 1.0\noutput = 2.0\n'
    )
    bench = Bench.open(tmp_path)
    pinged = await ping(bench, "sim/calm?speed=1000")
    assert (pinged.status, pinged.error) == ("done", None)
    assert pinged.answer
    assert pinged.cost_usd
    looks = {each.info.name: each for each in await look_at_models(bench)}
    assert looks["here/m"].info.available
    assert (looks["gone/*"].info.available, looks["gone/*"].info.reason) == (
        False, f"nothing listens at 127.0.0.1:{gone}",
    )  # fmt: skip
    figures = looks["sim/calm?speed=1000"].figures
    assert figures is not None
    assert figures.calls == 1
    known = list(looks.values())
    assert [can_be_pinged(known, name) for name in ("here/m", "gone/*", "nobody/x")] == [True, False, False]
    await bench.close()
    server.close()
