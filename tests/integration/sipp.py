"""Callers and phones for the tests: SIPp processes with limits, playing the scenarios of scripts/pbx/sip.py."""

import asyncio
import contextlib
import itertools
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pbx import sip
from pbx.sip import HangUp, Phone, Press, Speak, Step, UntilBye, Wait

from tests.integration.asterisk import AsteriskInstance, free_port
from tests.waiting import PATIENCE_S

__all__ = ["HangUp", "Phone", "Press", "Running", "Sipp", "Speak", "Step", "UntilBye", "Wait"]

LIMIT_S = 90.0
OURSELVES = "127.0.0.1"
CLOUD = "127.0.0.3"
"""CLOUD_HOST of scripts/pbx/defaults.py: where the cloud's calls to extensions come from."""


@dataclass(slots=True, kw_only=True)
class Running:
    """A SIPp process that plays one scenario."""

    process: asyncio.subprocess.Process
    port: int
    errors: Path

    async def ended(self, limit_s: float = LIMIT_S) -> None:
        """Wait until the scenario is over; it must have gone as written."""
        try:
            async with asyncio.timeout(limit_s):
                code = await self.process.wait()
        except TimeoutError:
            await self.stop()
            raise AssertionError(f"SIPp was not through within {limit_s} s: {self._said()}") from None
        assert code == 0, f"the scenario did not go as written (SIPp says {code}): {self._said()}"

    async def stop(self) -> None:
        """End it at once, as a phone whose cable is pulled."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    @property
    def is_over(self) -> bool:
        """Whether the scenario is through."""
        return self.process.returncode is not None

    def _said(self) -> str:
        return self.errors.read_text(errors="replace")[-2000:] if self.errors.is_file() else "nothing"


@dataclass(slots=True, kw_only=True)
class Sipp:
    """Places calls to an Asterisk and answers for its desk phones 111 to 113."""

    folder: Path
    asterisk: AsteriskInstance
    _number: Iterator[int] = field(default_factory=itertools.count)
    _running: list[Running] = field(default_factory=list)

    async def call(
        self,
        *steps: Step,
        to: str = "+35921234567",
        number: str = "+359888000001",
        name: str = "",
        times: int = 1,
        rate: float = 1.0,
    ) -> Running:
        """Place a call from outside (or `times` calls, `rate` a second) and go on at once."""
        folder = self._scenario_folder()
        scenario = sip.caller(folder, to=to, number=number, name=name, steps=steps)
        return await self._run(folder, scenario, "-m", str(times), "-r", str(rate))

    async def calls_sales(self, number: str, *, stays_s: float) -> Running:
        """Place a call of who chooses sales in the demo flow's menu, and hangs up so much later."""
        return await self.call(Wait(4), Press("1"), Wait(stays_s), HangUp(), number=number)

    async def cloud_calls(
        self,
        extension: str,
        *steps: Step,
        header: str = "",
        flow: str = "",
        number: str = "+359888000001",
        ip: str = CLOUD,
    ) -> Running:
        """Place a call as the cloud does when it rings an extension, or our number, for one of its callers."""
        folder = self._scenario_folder()
        named = {"X-Ringside-Call": header, "X-Ringside-Flow": flow}
        headers = tuple(f"{name}: {value}" for name, value in named.items() if value)
        scenario = sip.caller(folder, to=extension, number=number, steps=steps, headers=headers)
        return await self._run(folder, scenario, "-m", "1", ip=ip)

    async def dials(self, extension: str, to: str, *steps: Step) -> Running:
        """Let a desk phone dial, as a colleague or an agent does."""
        folder = self._scenario_folder()
        password = self.asterisk.secret(f"RINGSIDE_SIP_PASSWORD_{extension}")
        scenario = sip.caller(folder, to=to, number=extension, password=password, steps=steps)
        return await self._run(folder, scenario, "-m", "1")

    @contextlib.asynccontextmanager
    async def phone(self, extension: str, does: Phone = Phone(), *, times: int = 1) -> AsyncIterator[Running]:  # noqa: B008 — frozen
        """Have a desk phone registered and do the same with each of `times` calls; it signs off at the end."""
        folder, port = self._scenario_folder(), free_port()
        password = self.asterisk.secret(f"RINGSIDE_SIP_PASSWORD_{extension}")
        await (await self._run(folder, sip.registration(extension, password), "-m", "1", port=port)).ended(PATIENCE_S)
        # Two scenarios cannot share a port, and a phone answers at the port that it registered.
        phone = await self._run(self._scenario_folder(), sip.phone(does), "-m", str(times), "-rtp_echo", port=port)
        try:
            yield phone
        finally:
            await phone.stop()
            signed_off = sip.registration(extension, password, for_s=0)
            await (await self._run(self._scenario_folder(), signed_off, "-m", "1", port=port)).ended(PATIENCE_S)

    async def provider(self, does: Phone = Phone(), *, times: int = 1) -> Running:  # noqa: B008 — frozen
        """Answer outgoing calls at the other end of the trunk."""
        folder = self._scenario_folder()
        return await self._run(folder, sip.phone(does, folder), "-m", str(times), port=self.asterisk.ports.trunk)

    async def close(self) -> None:
        """End what still runs."""
        for running in self._running:
            await running.stop()

    async def leaves_no_call(self) -> None:
        """End what still runs, and every call at Asterisk: one that goes on would end in the next test's timeline."""
        await self.close()
        await asyncio.to_thread(self.asterisk.rx, "channel request hangup all")
        async with asyncio.timeout(PATIENCE_S):
            while "0 active channels" not in await asyncio.to_thread(self.asterisk.rx, "core show channels count"):
                await asyncio.sleep(0.1)

    def _scenario_folder(self) -> Path:
        folder = self.folder / f"sipp{next(self._number)}"
        folder.mkdir(parents=True)
        return folder

    async def _run(
        self, folder: Path, scenario: str, *options: str, port: int | None = None, ip: str = OURSELVES
    ) -> Running:
        (folder / "scenario.xml").write_text(scenario, encoding="utf-8", errors="surrogateescape")
        port = port or free_port()
        process = await asyncio.create_subprocess_exec(
            "sipp", f"127.0.0.1:{self.asterisk.ports.sip}", "-sf", "scenario.xml", "-i", ip, "-p", str(port),
            "-mp", str(free_port()), "-nostdin", "-timeout", str(int(LIMIT_S)), "-trace_err",
            "-error_file", "errors.log", *options, cwd=folder, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL,
        )  # fmt: skip
        running = Running(process=process, port=port, errors=folder / "errors.log")
        self._running.append(running)
        return running
