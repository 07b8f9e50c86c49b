"""A telephone system for the ledger's scenes: dialplan, phones and queue, put into a running Asterisk."""

from pathlib import Path

from tests.integration.asterisk import AsteriskInstance

DIALPLAN = """
[in]
exten => 35921001,1,Dial(PJSIP/101,20)
exten => 35921002,1,Dial(PJSIP/101,2)
 same => n,Hangup()
exten => 35921003,1,Dial(PJSIP/101&PJSIP/102&PJSIP/103,20)
exten => 35921004,1,Dial(Local/101@agents/n&Local/102@agents/n,20)
exten => 35921005,1,Dial(Local/101@agents,20)
exten => 35921006,1,Answer()
 same => n,Queue(support,,,,15)
 same => n,Hangup()
exten => 35921008,1,Answer()
 same => n,Wait(0.5)
 same => n,Hangup()
[agents]
exten => _1XX,1,Dial(PJSIP/${EXTEN},20,tT)
[phones]
exten => _1XX,1,Dial(PJSIP/${EXTEN},20,tT)
exten => _0X.,1,Dial(PJSIP/${EXTEN}@trunk,20,tT)
exten => *8,1,Pickup()
"""

QUEUES = """
[support]
strategy=ringall
timeout=2
retry=1
member => PJSIP/101
member => PJSIP/102
"""

TRUNK = """
[trunk]
type=endpoint
context=in
disallow=all
allow=ulaw
direct_media=no
aors=trunk
[trunk]
type=aor
contact=sip:127.0.0.1:{port}
[trunk]
type=identify
endpoint=trunk
match=127.0.0.1
"""

PHONE = """
[{name}]
type=endpoint
context=phones
disallow=all
allow=ulaw
direct_media=no
aors={name}
callerid=Agent{name} <{name}>
call_group=1
pickup_group=1
[{name}]
type=aor
contact=sip:{name}@127.0.0.1:{port}
"""


def furnish(asterisk: AsteriskInstance, ports: dict[str, int]) -> None:
    """Give a running Asterisk the scenes' dialplan, queue and phones; `ports` are those of `trunk` and the phones."""
    etc = asterisk.folder / "etc"
    phones = "".join(PHONE.format(name=name, port=port) for name, port in ports.items() if name != "trunk")
    _write(etc / "extensions.conf", DIALPLAN)
    _write(etc / "queues.conf", QUEUES)
    _write(etc / "pjsip.conf", _general_part(etc / "pjsip.conf") + TRUNK.format(port=ports["trunk"]) + phones)
    for what in ("dialplan reload", "queue reload all", "module reload res_pjsip.so"):
        asterisk.rx(what)


def _general_part(rendered: Path) -> str:
    """Return what stands before the first endpoint: transports cannot be changed by a reload."""
    return rendered.read_text().partition("[trunk]")[0]


def _write(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    file.write_text(text)
